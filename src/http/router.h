#pragma once

#include "http/message.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::http {

/// What a route needs. `open`: anyone (health, login, static files). `ingest`: writing telemetry. `read`: reading telemetry.
/// `change`: changing anything else (login or admin key, CSRF for cookie sessions). On loopback `ingest` and `read` need no key.
enum class Access { open, ingest, read, change };

using Handler = std::function<Response(const Request&)>;

struct Route {
    std::string method;   // "GET", "POST", ...; GET also serves HEAD
    std::string pattern;  // "/api/v1/label/:name/values"; a last segment "*rest" takes the remainder
    Access access = Access::change;
    Handler handler;
};

struct RouteMatch {
    const Route* route = nullptr;  // null: no such path (or, with other_method, no such method)
    bool other_method = false;
    std::map<std::string, std::string, std::less<>> path_params;
};

/// The table of routes; filled before the server starts, const afterwards (then any thread).
class Router {
  public:
    void add(std::string method, std::string pattern, Access access, Handler handler);
    [[nodiscard]] RouteMatch find(std::string_view method, std::string_view path) const;
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  private:
    std::vector<Route> routes_;
};

}  // namespace belfry::http
