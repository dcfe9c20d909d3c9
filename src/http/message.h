#pragma once

#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::http {

/// Decoded `name=value` pairs of a query string or form, in order; names may repeat (`match[]`).
class Params {
  public:
    void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }
    /// The first value of that name.
    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }

  private:
    std::vector<std::pair<std::string, std::string>> items_;
};

/// `editor`: reads and writes telemetry and changes the alarms of its own tenant.
enum class Role { none, ingest, read, editor, admin };

/// Who asks. Filled before any handler runs.
struct Identity {
    Role role = Role::none;
    std::string user;  // "" when not logged in
    std::string tenant = "default";
    std::string session_id;     // "" without a cookie session
    bool loopback = false;      // the peer's address is this machine
    std::vector<std::string> roles;  // of a token of the identity API: "monasca-user", "admin", ...
    bool also_ingests = false;       // beside what `role` may: writes telemetry
    bool tenant_bound = false;  // the credential decides the tenant; X-Scope-OrgID may only repeat it
};

struct Request {
    std::string method;
    std::string path;  // percent-decoded, without query; always starts with '/'
    Params query;
    Params form;                                              // of an application/x-www-form-urlencoded body
    std::map<std::string, std::string, std::less<>> headers;  // lower-case names; repeated ones joined by ", "
    std::string body;                                         // after Content-Encoding has been undone
    std::string
        content_encoding;  // lower case; only of routes with raw_body, whose body is still encoded ("" = identity)
    std::string remote_address;  // "127.0.0.1"
    std::string listener;        // name of the listener it came by: "main", "otlp", ...
    bool http2 = false;
    Identity identity;
    std::map<std::string, std::string, std::less<>> path_params;  // of the route: ":name" -> value
    std::shared_ptr<std::atomic<bool>> disconnected;              // set when the client goes away; may be null

    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;
    /// Query first, then form: how Prometheus' API reads parameters.
    [[nodiscard]] std::optional<std::string> param(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> params(std::string_view name) const;
    /// Value of that cookie; nothing when it was not sent.
    [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const;
};

/// What comes after the first part of a long body: appends the next part (about BODY_PART_BYTES) and says whether there is
/// more. Called on a worker each time the reader has taken the part before, so that a body is never in memory whole and
/// a slow reader holds no worker. After an error the connection is cut: the reader sees a torn answer, not a short one.
using BodyParts = std::function<Result<bool>(std::string& out)>;
inline constexpr size_t BODY_PART_BYTES = 256 * 1024;

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    /// Sent behind the body, by HTTP/2 only (gRPC's status is there).
    std::vector<std::pair<std::string, std::string>> trailers;
    /// A body that lives for ever (embedded files); used instead of `body` when not empty.
    std::string_view static_body;
    /// Null when `body` is all of it; see `long_response`.
    BodyParts more;

    void set_header(std::string_view name, std::string_view value);
    [[nodiscard]] bool has_header(std::string_view name) const;  // any case
};

/// `{"status":"error","errorType":...,"error":...}` with the status that fits the code:
/// invalid 400 bad_data, not_found 404, conflict 409, exhausted 422 execution (429 for writers: pass it), unavailable 503, timeout
/// 503, internal 500.
[[nodiscard]] Response error_response(const Error& error);
[[nodiscard]] Response error_response(int status, std::string_view error_type, std::string_view message);
[[nodiscard]] Response json_response(std::string body);
[[nodiscard]] Response empty_response(int status = 204);
/// A body made part by part. What fits one part is answered whole; an error in the first part is the answer's error.
[[nodiscard]] Result<Response> long_response(std::string content_type, BodyParts parts);

}  // namespace belfry::http
