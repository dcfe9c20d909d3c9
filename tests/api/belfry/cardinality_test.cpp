#include "api/belfry/cardinality.h"

#include "base/json.h"

#include <doctest/doctest.h>

namespace belfry::api {

TEST_CASE("the cardinality of the asking tenant is answered with its limits") {
    const ManualClock clock(5'000);
    http::Router router;
    std::string asked;
    add_cardinality_routes(router, clock, [&](std::string_view tenant, size_t limit) {
        asked = fmt::format("{} {}", tenant, limit);
        model::CardinalityReport out;
        out.series = 7;
        out.limits = {{"metric.max_series", 10, 7, ""}, {"metric.max_series_per_metric", 5, 5, "m"}};
        out.metrics = {{.name = "m", .series = 5, .created = {1, 2}, .refused = 3, .refused_lately = {}}};
        out.labels = {{.name = "pod",
                       .values = 5,
                       .series = 5,
                       .new_values = {},
                       .refused = 0,
                       .top = {{"a", 2}},
                       .newest_values = {"b"}}};
        return out;
    });
    const auto match = router.find("GET", "/api/v1/belfry/cardinality");
    REQUIRE(match.route != nullptr);
    http::Request request;
    request.identity.tenant = "t";
    request.query.add("limit", "3");
    const auto json = JsonView::parse(match.route->handler(request).body);
    REQUIRE(json.ok());
    CHECK(asked == "t 3");
    CHECK(json->int_or("series", 0) == 7);
    CHECK(json->get("limits").size() == 2);
    CHECK(json->get("metrics").at(0).get("created").size() == 10);
    CHECK(json->get("labels").at(0).get("top").at(0).string_or("value", "") == "a");
    request.identity.tenant_bound = true;
    CHECK(JsonView::parse(match.route->handler(request).body)->get("limits").size() == 1);
    http::Request bad;
    bad.query.add("limit", "0");
    CHECK(match.route->handler(bad).status == 400);
}

}  // namespace belfry::api
