#include "api/prometheus/prometheus_api.h"

#include "base/json.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

namespace belfry::api {
namespace {

class FakeAdmin : public MetricAdmin {
  public:
    [[nodiscard]] TsdbStatus tsdb_status(std::string_view, size_t limit) const override {
        TsdbStatus out;
        out.series = 7;
        out.series_by_metric = {{"up", 3}, {"down", 1}};
        out.series_by_metric.resize(std::min(limit, out.series_by_metric.size()));
        return out;
    }
    [[nodiscard]] std::vector<model::MetricMetadata> metadata(std::string_view,
                                                              std::string_view name,
                                                              size_t) const override {
        std::vector<model::MetricMetadata> all = {{"default", "up", model::MetricType::gauge, "", "Is it up?"},
                                                  {"default", "a_total", model::MetricType::counter, "", "Count."},
                                                  {"default", "up", model::MetricType::gauge, "", "Other."}};
        if (!name.empty()) std::erase_if(all, [&](const auto& m) { return m.name != name; });
        return all;
    }
    [[nodiscard]] MetricList metrics(std::string_view, std::string_view, size_t) const override {
        return {7, {{"up", model::MetricType::gauge, "", "Is it up?", 3}}};
    }
    [[nodiscard]] Status compact() override {
        ++compactions;
        return {};
    }
    [[nodiscard]] bool ready() const override { return is_ready; }
    int compactions = 0;
    bool is_ready = true;
};

/// One memory source a tenant.
class TenantSource : public query::MetricSource {
  public:
    [[nodiscard]] Result<std::unique_ptr<query::SeriesSet>> select(std::string_view tenant,
                                                                   const model::Matchers& matchers,
                                                                   model::TimeRange range,
                                                                   query::Budget& budget) const override {
        return of(tenant).select(tenant, matchers, range, budget);
    }
    [[nodiscard]] Result<std::vector<std::string>> label_names(std::string_view tenant,
                                                               const query::LabelQuery& query,
                                                               query::Budget& budget) const override {
        return of(tenant).label_names(tenant, query, budget);
    }
    [[nodiscard]] Result<std::vector<std::string>> label_values(std::string_view tenant,
                                                                std::string_view name,
                                                                const query::LabelQuery& query,
                                                                query::Budget& budget) const override {
        return of(tenant).label_values(tenant, name, query, budget);
    }
    [[nodiscard]] Result<std::vector<model::Labels>> series(std::string_view tenant,
                                                            const query::LabelQuery& query,
                                                            query::Budget& budget) const override {
        return of(tenant).series(tenant, query, budget);
    }
    std::map<std::string, test::MemorySource, std::less<>> tenants;

  private:
    [[nodiscard]] const test::MemorySource& of(std::string_view tenant) const {
        static const test::MemorySource NOTHING;
        const auto found = tenants.find(tenant);
        return found == tenants.end() ? NOTHING : found->second;
    }
};

class FakeExemplars : public query::ExemplarSource {
  public:
    [[nodiscard]] Result<std::vector<query::SeriesExemplars>> query(std::string_view,
                                                                    const model::Matchers&,
                                                                    model::TimeRange,
                                                                    query::Budget&) const override {
        return std::vector<query::SeriesExemplars>{
            {model::Labels{{"__name__", "up"}},
             {{500, 0.25, model::Labels{{"trace_id", "a\"b"}}}, {1'000, std::numeric_limits<double>::infinity(), {}}}}};
    }
};

struct Server {
    Server() {
        auto& main = source.tenants["default"];
        for (const auto& [time_ms, value] : {std::pair(1'000, 1.0), {11'000, 0.0}, {21'000, 1.0}}) {
            main.add({{"__name__", "up"}, {"job", "a"}}, time_ms, value);
        }
        main.add({{"__name__", "up"}, {"job", "b"}, {"http.status", "x"}}, 1'000, 1);
        source.tenants["other"].add({{"__name__", "secret"}}, 1'000, 1);
        api.add_routes(router);
    }

    http::Response send(std::string method,
                        std::string path,
                        std::vector<std::pair<std::string, std::string>> params = {},
                        std::string tenant = "default") {
        http::Request request;
        request.method = method;
        request.path = path;
        request.identity.tenant = std::move(tenant);
        for (auto& [name, value] : params)
            (method == "POST" ? request.form : request.query).add(name, value);
        const auto match = router.find(method, path);
        REQUIRE(match.route != nullptr);
        request.path_params = match.path_params;
        return match.route->handler(request);
    }
    std::string get(std::string path, std::vector<std::pair<std::string, std::string>> params = {}) {
        return send("GET", std::move(path), std::move(params)).body;
    }

    ManualClock clock{30'000};
    TenantSource source;
    query::Workers workers{0};
    promql::Engine engine{source, workers};
    FakeAdmin admin;
    FakeExemplars exemplars;
    http::Router router;
    PrometheusApi api{engine, source, admin, clock, {.version = "1.2.3", .retention = "90d", .exemplars = &exemplars}};
};

TEST_CASE("an instant query answers a vector, by GET and by POST, under both prefixes") {
    Server server;
    const std::string wanted =
        R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[30,"1"]}]}})";
    CHECK(server.get("/api/v1/query", {{"query", "up{job=\"a\"}"}}) == wanted);
    CHECK(server.get("/prometheus/api/v1/query", {{"query", "up{job=\"a\"}"}, {"time", "30"}}) == wanted);
    CHECK(server.send("POST", "/api/v1/query", {{"query", "up{job=\"a\"}"}}).body == wanted);
    CHECK(server.get("/api/v1/query", {{"query", "1+1"}}) ==
          R"({"status":"success","data":{"resultType":"scalar","result":[30,"2"]}})");
    CHECK(server.get("/api/v1/query", {{"query", "\"x\""}}) ==
          R"({"status":"success","data":{"resultType":"string","result":[30,"x"]}})");
}

TEST_CASE("a query tells what it cost") {
    Server server;
    const auto response = server.send("GET", "/api/v1/query", {{"query", "up"}, {"stats", "true"}});
    CHECK(response.has_header("x-belfry-query"));
    const auto json = JsonView::parse(response.body);
    REQUIRE(json);
    CHECK(json->get("data").get("stats").get("samples").has("totalQueryableSamples"));
}

TEST_CASE("a range query answers a matrix") {
    Server server;
    CHECK(
        server.get("/api/v1/query_range",
                   {{"query", "up{job=\"a\"}"}, {"start", "1"}, {"end", "21"}, {"step", "10"}}) ==
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[1,"1"],[11,"0"],[21,"1"]]}]}})");
}

TEST_CASE("bad parameters are 400 with Prometheus' sentences") {
    Server server;
    const auto error = [&](std::string path, std::vector<std::pair<std::string, std::string>> params) {
        const auto response = server.send("GET", std::move(path), std::move(params));
        CHECK(response.status == 400);
        const auto json = JsonView::parse(response.body);
        CHECK(json->string_or("errorType", "") == "bad_data");
        return json->string_or("error", "");
    };
    CHECK(error("/api/v1/query", {{"query", "up{"}}) ==
          "invalid parameter \"query\": 1:4: parse error: unexpected end of input inside braces");
    CHECK(error("/api/v1/query", {}) ==
          "invalid parameter \"query\": unknown position: parse error: no expression found in input");
    CHECK(error("/api/v1/query_range", {{"query", "up"}, {"start", "2"}, {"end", "1"}, {"step", "1"}}) ==
          "invalid parameter \"end\": end timestamp must not be before start time");
    CHECK(error("/api/v1/query_range", {{"query", "up"}, {"start", "0"}, {"end", "1"}, {"step", "0"}}) ==
          "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive "
          "integer");
    CHECK(
        error("/api/v1/query_range", {{"query", "up"}, {"start", "0"}, {"end", "11001"}, {"step", "1"}}) ==
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
    CHECK(error("/api/v1/query_range", {{"query", "up[5m]"}, {"start", "0"}, {"end", "1"}, {"step", "1"}})
              .find("invalid expression type") != std::string::npos);
    CHECK(error("/api/v1/series", {}) == "no match[] parameter provided");
    CHECK(error("/api/v1/label/%/values", {{"match[]", "{"}}).starts_with("invalid parameter \"match[]\""));
    CHECK(error("/api/v1/status/tsdb", {{"limit", "0"}}) == "limit must be a positive number");
}

TEST_CASE("names, values and series of a tenant, cut at the limit with a warning") {
    Server server;
    CHECK(server.get("/api/v1/labels") == R"({"status":"success","data":["__name__","http.status","job"]})");
    CHECK(server.get("/api/v1/labels", {{"limit", "1"}}) ==
          R"({"status":"success","data":["__name__"],"warnings":["results truncated due to limit"]})");
    CHECK(server.get("/api/v1/label/job/values", {{"match[]", "up{job!=\"a\"}"}}) ==
          R"({"status":"success","data":["b"]})");
    CHECK(server.get("/api/v1/label/U__http_2e_status/values") == R"({"status":"success","data":["x"]})");
    CHECK(server.get("/api/v1/label/none/values") == R"({"status":"success","data":[]})");
    CHECK(server.get("/api/v1/series", {{"match[]", "up{job=\"a\"}"}, {"match[]", "nothing"}}) ==
          R"({"status":"success","data":[{"__name__":"up","job":"a"}]})");
    CHECK(server.send("GET", "/api/v1/label/__name__/values", {}, "other").body ==
          R"({"status":"success","data":["secret"]})");
    CHECK(server.send("GET", "/api/v1/labels", {}, "unheard-of").body == R"({"status":"success","data":[]})");
}

TEST_CASE("metadata is grouped by metric") {
    Server server;
    CHECK(
        server.get("/api/v1/metadata", {{"limit_per_metric", "1"}}) ==
        R"({"status":"success","data":{"a_total":[{"type":"counter","help":"Count.","unit":""}],"up":[{"type":"gauge","help":"Is it up?","unit":""}]}})");
    CHECK(server.get("/api/v1/metadata", {{"metric", "none"}}) == R"({"status":"success","data":{}})");
    CHECK(JsonView::parse(server.get("/api/v1/metadata", {{"limit", "1"}}))->get("data").size() == 1);
}

TEST_CASE("status pages are JSON that clients expect") {
    Server server;
    for (const char* path : {"buildinfo", "runtimeinfo", "flags", "tsdb", "walreplay"}) {
        CAPTURE(path);
        const auto json = JsonView::parse(server.get(std::string("/api/v1/status/") + path));
        REQUIRE(json);
        CHECK(json->string_or("status", "") == "success");
        CHECK(json->get("data").is_object());
    }
    CHECK(JsonView::parse(server.get("/api/v1/alertmanagers"))->get("data").is_object());
    const auto info = JsonView::parse(server.get("/api/v1/status/runtimeinfo"))->get("data");
    CHECK(info.string_or("startTime", "") == "1970-01-01T00:00:00.000Z");
    CHECK(info.string_or("storageRetention", "") == "90d");
    CHECK(server.get("/prometheus/-/healthy") == "Belfry is healthy.\n");
    server.admin.is_ready = false;
    CHECK(server.send("GET", "/prometheus/-/ready").status == 503);
}

TEST_CASE("queries can be formatted, parsed and asked for exemplars") {
    Server server;
    CHECK(server.get("/api/v1/format_query", {{"query", "sum(up)by(job)"}}) ==
          R"x({"status":"success","data":"sum by (job) (up)"})x");
    CHECK(JsonView::parse(server.get("/api/v1/parse_query", {{"query", "up"}}))->get("data").string_or("type", "") == "vectorSelector");
    CHECK(server.get("/api/v1/query_exemplars", {{"query", "up"}, {"start", "0"}, {"end", "1"}}) ==
          R"({"status":"success","data":[{"seriesLabels":{"__name__":"up"},"exemplars":[)"
          R"({"labels":{"trace_id":"a\"b"},"value":"0.25","timestamp":0.500},{"labels":{},"value":"+Inf","timestamp":1}]}]})");
    CHECK(server.get("/api/v1/query_exemplars", {{"query", "sum(rate(up[5m])) / max_over_time(up[1h:])"}}) ==
          server.get("/api/v1/query_exemplars", {{"query", "up"}}));
    CHECK(server.get("/api/v1/query_exemplars", {{"query", "1"}}) == R"({"status":"success","data":[]})");
    CHECK(server.send("GET", "/api/v1/query_exemplars", {{"query", "up{"}}).status == 400);
}

TEST_CASE("compaction is asked for by POST and needs the right to change") {
    Server server;
    CHECK(server.send("POST", "/api/v1/admin/tsdb/compact").body == R"({"status":"success"})");
    CHECK(server.admin.compactions == 1);
    CHECK(server.router.find("POST", "/api/v1/admin/tsdb/compact").route->access == http::Access::change);
    CHECK(server.router.find("GET", "/api/v1/query").route->access == http::Access::read);
}

TEST_CASE("the metrics page sees metrics, labels with counts and functions") {
    Server server;
    CHECK(server.get("/api/v1/belfry/metrics") ==
          R"({"total_series":7,"metrics":[{"name":"up","type":"gauge","unit":"","help":"Is it up?","series":3}]})");
    CHECK(server.get("/api/v1/belfry/labels", {{"match[]", "up"}, {"limit", "1"}}) ==
          R"({"series":2,"labels":[{"name":"__name__","values_count":1,"top":[{"value":"up","series":2}]},)"
          R"({"name":"http.status","values_count":1,"top":[{"value":"x","series":1}]},)"
          R"({"name":"job","values_count":2,"top":[{"value":"a","series":1}]}]})");
    CHECK(JsonView::parse(server.get("/api/v1/belfry/functions"))->get("functions").size() == 104);
}

TEST_CASE("a client that went away ends its query") {
    Server server;
    http::Request request;
    request.query.add("query", "up");
    request.disconnected = std::make_shared<std::atomic<bool>>(true);
    const auto response = server.router.find("GET", "/api/v1/query").route->handler(request);
    CHECK(response.status == 503);
    CHECK(JsonView::parse(response.body)->string_or("errorType", "") == "canceled");
}

}  // namespace
}  // namespace belfry::api
