#include "http/router.h"

#include <doctest/doctest.h>

namespace belfry::http {
namespace {

TEST_CASE("the most literal pattern wins, whatever was added first") {
    Router router;
    const auto handler = [](const Request&) { return Response{}; };
    router.add("GET", "/api/*rest", Access::read, handler);
    router.add("GET", "/api/:a/:b", Access::read, handler);
    router.add("GET", "/api/label/:name", Access::read, handler);
    router.add("POST", "/api/label/:name", Access::change, handler);
    router.add("GET", "/api/label/job", Access::read, handler);
    const auto pattern = [&](std::string_view path, std::string_view method = "GET") {
        const RouteMatch match = router.find(method, path);
        return match.route == nullptr ? std::string() : match.route->pattern;
    };
    CHECK(pattern("/api/label/job") == "/api/label/job");
    CHECK(pattern("/api/label/x") == "/api/label/:name");
    CHECK(pattern("/api/label/x", "HEAD") == "/api/label/:name");
    CHECK(router.find("POST", "/api/label/x").route->access == Access::change);
    CHECK(pattern("/api/y/x") == "/api/:a/:b");
    CHECK(pattern("/api/x") == "/api/*rest");
    CHECK(router.find("GET", "/api/a/b/c").path_params.at("rest") == "a/b/c");
    CHECK(router.find("GET", "/api/y/x").path_params.at("b") == "x");
    CHECK(pattern("/api") == "");
    CHECK(pattern("/apis/x") == "");
    CHECK(!router.find("GET", "/nothing").other_method);
    CHECK(router.find("DELETE", "/api/label/job").other_method);
}

}  // namespace
}  // namespace belfry::http
