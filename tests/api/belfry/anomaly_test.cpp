#include "api/belfry/anomaly.h"

#include "api/belfry/backtest.h"
#include "belfry_fixture.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

namespace belfry::api {
namespace {

constexpr int64_t MINUTE = 60'000;

struct World {
    World() {
        for (int64_t m = -120; m <= 0; ++m)
            source.add(model::Labels{{"__name__", "load"}, {"host", "a"}}, f.clock.now_ms() + m * MINUTE,
                       m > -20 && m < -10 ? 90 : 10 + static_cast<double>(m % 2));
        add_anomaly_routes(router, {.book = book,
                                    .engine = engine,
                                    .limits = {},
                                    .clock = f.clock,
                                    .catalog = *f.catalog,
                                    .changes = f.changes});
        add_backtest_routes(
            router, {.parts = {.engine = engine, .source = source, .threshold = {}}, .limits = {}, .clock = f.clock});
    }
    http::Response send(const std::string& method,
                        const std::string& path,
                        const std::string& body = "",
                        const std::string& tenant = "default") {
        http::Request request;
        request.method = method;
        request.path = path;
        request.body = body;
        request.identity.tenant = tenant;
        auto found = router.find(method, path);
        REQUIRE(found.route);
        request.path_params = found.path_params;
        return found.route->handler(request);
    }
    JsonView json(const http::Response& response) { return *JsonView::parse(response.body); }

    tests::BelfryFixture f;
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    alarm::Schedule schedule{f.clock, 1};
    alarm::MonitorBook book{alarm::MonitorParts{.engine = engine,
                                                .clock = f.clock,
                                                .config = {},
                                                .limits = {},
                                                .write = [](std::string_view, std::span<const alarm::RuleSample>)
                                                    -> Result<alarm::SinkOutcome> { return alarm::SinkOutcome{}; }},
                            schedule, [this] { return f.catalog->snapshot()->documents(catalog::ANOMALY_MONITOR); }};
    http::Router router;
};

constexpr const char* BASE = "/api/v1/belfry/anomaly-monitors";

}  // namespace

TEST_CASE("monitors are made, changed, shown and removed, each tenant its own") {
    World w;
    const auto made =
        w.send("POST", BASE, R"({"name":"load","query":"load","detector":"naive","training_ms":3600000})");
    CHECK(made.status == 201);
    const std::string id = w.json(made).string_or("id", "");
    CHECK(w.json(made).string_or("detector", "") == "naive");
    CHECK(w.send("POST", BASE, R"({"name":"load","query":"x"})").status == 409);
    CHECK(w.send("POST", BASE, R"({"query":"x"})").status == 400);
    CHECK(w.send("POST", BASE, "[]").status == 400);
    w.book.sync();
    w.f.clock.advance_ms(2 * MINUTE);
    w.schedule.run_due();
    const JsonView one = w.json(w.send("GET", std::string(BASE) + "/" + id));
    CHECK(one.get("status").string_or("health", "") == "ok");
    CHECK(one.get("status").get("series").at(0).get("labels").string_or("host", "") == "a");
    CHECK(w.send("GET", std::string(BASE) + "/" + id, "", "other").status == 404);
    CHECK(w.json(w.send("GET", BASE, "", "other")).get("monitors").size() == 0);
    CHECK(w.json(w.send("GET", BASE)).get("detectors").size() == alarm::detectors().size());
    CHECK(w.send("PUT", std::string(BASE) + "/" + id, R"({"name":"load","query":"load * 2"})").status == 200);
    CHECK(w.send("PUT", std::string(BASE) + "/none", R"({"name":"n","query":"x"})").status == 404);
    CHECK(w.json(w.send("GET", BASE)).get("monitors").at(0).string_or("query", "") == "load * 2");
    CHECK(w.send("DELETE", std::string(BASE) + "/" + id, "", "other").status == 404);
    CHECK(w.send("DELETE", std::string(BASE) + "/" + id).status < 300);
    CHECK(w.json(w.send("GET", BASE)).get("monitors").size() == 0);
}

TEST_CASE("a preview has a column for everything a chart needs") {
    World w;
    const auto now = w.f.clock.now_ms();
    const JsonView out = w.json(w.send(
        "POST", std::string(BASE) + "/preview",
        fmt::format(
            R"({{"monitor":{{"query":"load","detector":"ewma","training_ms":3600000}},"from_ms":{},"to_ms":{}}})",
            now - 30 * MINUTE, now)));
    const JsonView series = out.get("series").at(0);
    CHECK(series.string_or("detector", "") == "ewma");
    CHECK(series.int_or("anomalies", 0) > 0);
    for (const char* name : {"times_ms", "values", "expected", "lower", "upper", "scores", "levels"})
        CHECK_MESSAGE(series.get(name).size() == 31, name);
    CHECK(w.send("POST", std::string(BASE) + "/preview", R"({"monitor":{"query":"x +"}})").status == 400);
}

TEST_CASE("a back-test gives segments for each threshold") {
    World w;
    const std::string path = "/api/v1/belfry/alarm-definitions/backtest";
    const auto now = w.f.clock.now_ms();
    const auto response =
        w.send("POST", path,
               fmt::format(R"({{"language":"promql","expression":"load > 50","from_ms":{},"to_ms":{},"also":[95]}})",
                           now - 60 * MINUTE, now + 60 * MINUTE));
    REQUIRE(response.status == 200);
    const JsonView out = w.json(response);
    CHECK(out.bool_or("complete", false));
    CHECK(out.get("why").is_null());
    CHECK(out.int_or("to_ms", 0) == now);  // nobody knows the future
    CHECK(out.get("runs").at(0).int_or("times", 0) == 1);
    CHECK(out.get("runs").at(0).get("segments").at(1).at(2).as_string() == "ALARM");
    CHECK(out.get("runs").at(1).int_or("times", 9) == 0);
    CHECK(w.send("POST", path, R"({"language":"promql","expression":"x"})").status == 400);
    CHECK(w.send("POST", path, R"({"language":"cobol","expression":"x","from_ms":1,"to_ms":2})").status == 400);
    CHECK(w.send("POST", path, "7").status == 400);
}

}  // namespace belfry::api
