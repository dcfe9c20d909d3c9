#pragma once

#include "http/message.h"

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::http {

/// What a route needs. `open`: anyone (health, login, static files). `ingest`: writing telemetry. `read`: reading
/// telemetry. `edit`: changing alarms and notifications of one's tenant. `change`: changing anything else. The last two
/// ask for a login, a key or a token, and of cookie sessions the CSRF header. On loopback `ingest` and `read` need no key.
enum class Access { open, ingest, read, edit, change };

using Handler = std::function<Response(const Request&)>;

struct RouteOptions {
    /// The handler undoes Content-Encoding itself (`Request::content_encoding` says which): no copy on the way in.
    bool raw_body = false;
    /// The body is never a form, although `curl -d` says so: it is not split, and may hold any '%' and '&'.
    bool plain_body = false;
    /// A method of gRPC: its pattern is "/package.Service/Method".
    bool grpc = false;
};

struct Route {
    std::string method;   // "GET", "POST", ...; GET also serves HEAD
    std::string pattern;  // "/api/v1/label/:name/values"; a last segment "*rest" takes the remainder
    Access access = Access::change;
    Handler handler;
    RouteOptions options = {};
};

struct RouteMatch {
    const Route* route = nullptr;  // null: no such path (or, with other_method, no such method)
    bool other_method = false;
    std::map<std::string, std::string, std::less<>> path_params;
};

/// The table of routes; filled before the server starts, const afterwards (then any thread). A literal segment wins
/// over
/// ":name", which wins over "*rest"; two routes of one method and pattern are a BUG.
class Router {
  public:
    void add(std::string method, std::string pattern, Access access, Handler handler, RouteOptions options = {});
    /// Puts something around every handler added so far; before the server starts.
    void wrap_handlers(const std::function<Handler(const Route&)>& wrap) {
        for (Route& route : routes_)
            route.handler = wrap(route);
    }
    /// Refusals of requests below `prefix` ("/monasca"), the front door's own among them, go through
    /// `reword` on their way out: another system's clients read its error bodies.
    void reword_refusals(std::string prefix, std::function<Response(Response)> reword) {
        rewordings_.emplace_back(std::move(prefix), std::move(reword));
    }
    /// Null: refusals below that path stay as they are.
    [[nodiscard]] const std::function<Response(Response)>* rewording(std::string_view path) const;
    [[nodiscard]] RouteMatch find(std::string_view method, std::string_view path) const;
    [[nodiscard]] const std::deque<Route>& routes() const { return routes_; }

  private:
    struct Pattern {
        std::string text;
        std::vector<std::string> segments;
        std::vector<const Route*> methods;
        bool has_rest = false;
    };
    [[nodiscard]] const Pattern* match(std::string_view path, RouteMatch* out) const;

    std::deque<Route> routes_;  // addresses stay
    std::vector<std::pair<std::string, std::function<Response(Response)>>> rewordings_;
    std::unordered_map<std::string, Pattern> literal_;
    std::vector<Pattern> with_params_;  // most literal first
};

}  // namespace belfry::http
