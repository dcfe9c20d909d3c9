#pragma once

#include "base/clock.h"
#include "http/access.h"
#include "http/fwd.h"
#include "http/host_policy.h"
#include "http/http_config.h"
#include "http/message.h"

namespace belfry::http {

/// What stands between a request and its handler, in this order: Host and Origin, who it is, tenant, route, may it,
/// body decoding, handler, security headers, compression. Const: any worker, many at once.
class Dispatcher {
  public:
    struct Parts {
        const HttpConfig& config;
        const AccessPolicy& policy;
        const Router& router;
        Authenticator& authenticator;
        const StaticFiles* files;  // null: no pages
        Clock& clock;
    };
    explicit Dispatcher(Parts parts) : parts_(parts), hosts_(parts.config.hosts) {}

    /// The whole answer to a job, framed: takes its body.
    [[nodiscard]] Response answer(Job& job) const;

  private:
    [[nodiscard]] Response run(Job& job, Request& request, std::string* route_label) const;
    [[nodiscard]] bool too_late(const Job& job, const Request& request) const;
    [[nodiscard]] Response finish_grpc(Response response, const std::string& route_label) const;
    [[nodiscard]] std::optional<Response> check_origin(const Job& job, const Request& request) const;
    [[nodiscard]] std::optional<Response> identify(Request& request) const;
    [[nodiscard]] std::optional<Response> check_access(const Request& request, Access access) const;
    [[nodiscard]] std::optional<Response> take_body(Job& job, Request& request, const RouteOptions& options) const;

    Parts parts_;
    HostPolicy hosts_;
};

/// [A-Za-z0-9_.-]{1,64}
[[nodiscard]] bool is_tenant_name(std::string_view text);

}  // namespace belfry::http
