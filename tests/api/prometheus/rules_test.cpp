#include "api/prometheus/rules.h"

#include "base/json.h"
#include "query/workers.h"
#include "support/memory_source.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <fstream>

namespace belfry::api {
namespace {

constexpr std::string_view RULES = R"(groups:
- name: one
  rules:
  - {record: 'a:b', expr: vector(1), labels: {team: x}}
  - {alert: Up, expr: up == 1, for: 5m, labels: {severity: page}, annotations: {text: '{{ $value }}'}}
- name: two
  rules:
  - {alert: Broken, expr: 'up[5m]'}
)";

struct World {
    World() {
        std::ofstream(dir.path() + "/r.yml") << RULES;
        alarm::RulesConfig config;
        config.files = {dir.path() + "/r.yml"};
        book = std::make_unique<alarm::RuleBook>(
            alarm::RuleParts{.engine = engine,
                             .source = source,
                             .clock = clock,
                             .config = config,
                             .limits = {},
                             .write = [](std::string_view, std::span<const alarm::RuleSample>)
                                 -> Result<alarm::SinkOutcome> { return alarm::SinkOutcome{}; },
                             .changed = {},
                             .settled = {},
                             .external_url = ""},
            *schedule, nullptr);
        (void)book->load();
        for (int i = 0; i < 3; ++i) {
            source.add(model::Labels{{"__name__", "up"}, {"host", "a"}}, clock.now_ms() + 30'000, 1);
            clock.advance_ms(60'000);
            schedule->run_due();
        }
        add_rule_routes(router, *book, clock);
    }
    http::Response send(const std::string& path,
                        const std::vector<std::pair<std::string, std::string>>& params = {},
                        const std::string& tenant = "default") {
        http::Request request;
        request.method = "GET";
        request.path = path;
        request.identity.tenant = tenant;
        for (const auto& [name, value] : params)
            request.query.add(name, value);
        return router.find("GET", path).route->handler(request);
    }
    JsonView data(const std::string& path,
                  const std::vector<std::pair<std::string, std::string>>& params = {},
                  const std::string& tenant = "default") {
        return JsonView::parse(send("/api/v1/" + path, params, tenant).body)->get("data");
    }
    std::string names(const std::vector<std::pair<std::string, std::string>>& params) {
        std::string out;
        const JsonView groups = data("rules", params).get("groups");
        for (size_t i = 0; i < groups.size(); ++i)
            for (size_t k = 0; k < groups.at(i).get("rules").size(); ++k)
                out += groups.at(i).get("rules").at(k).string_or("name", "") + " ";
        return out;
    }

    tests::TempDir dir;
    ManualClock clock{1'700'000'000'000};
    test::MemorySource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    std::unique_ptr<alarm::Schedule> schedule = std::make_unique<alarm::Schedule>(clock, 1);
    std::unique_ptr<alarm::RuleBook> book;
    http::Router router;
};

}  // namespace

TEST_CASE("rules and alerts have the shape that clients of Prometheus expect") {
    World w;
    const JsonView groups = w.data("rules").get("groups");
    REQUIRE(groups.size() == 2);
    CHECK(groups.at(0).string_or("name", "") == "one");
    CHECK(groups.at(0).double_or("interval", 0) == 60);
    CHECK(groups.at(0).string_or("lastEvaluation", "").substr(0, 5) == "2023-");
    const JsonView record = groups.at(0).get("rules").at(0);
    CHECK(record.string_or("type", "") == "recording");
    CHECK(record.string_or("query", "") == "vector(1)");
    CHECK(record.get("labels").string_or("team", "") == "x");
    CHECK(!record.has("alerts"));
    const JsonView alert = groups.at(0).get("rules").at(1);
    CHECK(alert.string_or("state", "") == "pending");
    CHECK(alert.double_or("duration", 0) == 300);
    CHECK(alert.get("alerts").at(0).get("annotations").string_or("text", "") == "1");
    CHECK(alert.get("alerts").at(0).string_or("value", "") == "1e+00");
    CHECK(alert.get("alerts").at(0).get("labels").string_or("alertname", "") == "Up");
    const JsonView broken = groups.at(1).get("rules").at(0);
    CHECK(broken.string_or("health", "") == "err");
    CHECK(!broken.string_or("lastError", "").empty());
    CHECK(w.data("alerts").get("alerts").size() == 1);
    CHECK(w.data("rules", {}, "other").get("groups").size() == 0);
}

TEST_CASE("rules are filtered and come in pages") {
    World w;
    CHECK(w.names({{"type", "alert"}}) == "Up Broken ");
    CHECK(w.names({{"type", "record"}}) == "a:b ");
    CHECK(w.names({{"rule_name[]", "Up"}, {"rule_name[]", "a:b"}}) == "a:b Up ");
    CHECK(w.names({{"rule_group[]", "two"}}) == "Broken ");
    CHECK(w.names({{"file[]", "nope"}}).empty());
    CHECK(w.names({{"match[]", "{severity=\"page\"}"}}) == "Up ");
    CHECK(w.data("rules", {{"exclude_alerts", "true"}}).get("groups").at(0).get("rules").at(1).get("alerts").size() ==
          0);
    const JsonView page = w.data("rules", {{"group_limit", "1"}});
    CHECK(page.get("groups").size() == 1);
    CHECK(w.names({{"group_limit", "1"}, {"group_next_token", page.string_or("groupNextToken", "")}}) == "Broken ");
    for (const auto& [name, value] : {std::pair("type", "x"),
                                      {"group_limit", "0"},
                                      {"group_next_token", "x"},
                                      {"exclude_alerts", "7"},
                                      {"match[]", "{"}}) {
        CAPTURE(name);
        CHECK(w.send("/api/v1/rules", {{name, value}}).status == 400);
    }
}

TEST_CASE("the page has everything in one answer, without paths for the key of one tenant") {
    World w;
    const auto json = JsonView::parse(w.send("/api/v1/belfry/rules").body);
    REQUIRE(json.ok());
    CHECK(json->get("load").bool_or("ok", false));
    CHECK(json->get("load").get("files").size() == 1);
    const http::Response link = w.send("/graph", {{"g0.expr", "up{a=\"b\"}"}, {"g0.tab", "1"}});
    CHECK(link.status == 302);
    CHECK(link.headers.at(0).second == "metrics?q=up%7Ba%3D%22b%22%7D");
    CHECK(json->get("groups").at(0).get("rules").at(1).get("alerts").at(0).string_or("state", "") == "pending");
}

}  // namespace belfry::api
