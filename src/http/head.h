#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace belfry::http {

/// The head of an HTTP/1 request: request line and headers, checked, with how the body is framed.
struct RequestHead {
    std::string method;
    std::string target;                                       // still encoded
    std::string path;                                         // decoded
    std::string query;                                        // still encoded
    std::string authority;                                    // of the absolute form or of Host
    int minor_version = 1;                                    // HTTP/1.x
    std::map<std::string, std::string, std::less<>> headers;  // lower-case names; repeated ones joined by ", "
    bool chunked = false;
    bool has_length = false;
    uint64_t content_length = 0;
    bool keep_alive = true;
    bool expects_continue = false;

    [[nodiscard]] bool has_body() const { return chunked || content_length > 0; }
};

/// A refusal on the level of the protocol; the connection is closed after it.
struct Refusal {
    int status = 400;
    std::string message;
};

/// Parses a head that ends with its empty line, by RFC 9112 without its leniences: everything that two parsers could
/// read differently (bare LF, folded lines, space before a colon, two lengths, length and chunks, two Hosts, control
/// characters) is refused, because Belfry may stand behind a proxy. False with `refusal` filled.
[[nodiscard]] bool parse_head(std::string_view text, RequestHead* head, Refusal* refusal);

/// The part of it that HTTP/2 shares: checks method, target and Host of a head whose `method`, `target`, `headers` and
/// `minor_version` are filled, and fills path, query and authority.
[[nodiscard]] bool resolve_target(RequestHead* head, Refusal* refusal);

/// Where the head that starts at `bytes[0]` ends (behind its empty line); 0 when it is not all there. `scan_from` is
/// how far an earlier call looked and is moved on. `bare_lf` is set when a line does not end with CRLF.
[[nodiscard]] size_t find_head_end(std::string_view bytes, size_t* scan_from, bool* bare_lf);

constexpr size_t TARGET_BYTES_MAX = 32 * 1024;  // a PromQL query of 10,000 characters, encoded
constexpr size_t HEADERS_MAX = 128;
constexpr size_t QUERY_PAIRS_MAX = 4096;  // parameters of a query string or form

}  // namespace belfry::http
