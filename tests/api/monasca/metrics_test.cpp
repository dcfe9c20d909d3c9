#include "api/monasca/monasca_api.h"
#include "base/json.h"
#include "support/memory_source.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

constexpr int64_t T0 = 1'795'348'800'000;  // 2026-11-22T12:00:00Z

struct NoExemplars : query::ExemplarSource {
    std::vector<query::SeriesExemplars> rows;
    Result<std::vector<query::SeriesExemplars>> query(std::string_view,
                                                      const model::Matchers&,
                                                      model::TimeRange,
                                                      query::Budget&) const override {
        return rows;
    }
};

struct Fixture {
    ManualClock clock{T0 + 3'600'000};
    test::MemorySource source;
    NoExemplars exemplars;
    query::Workers workers{1};
    http::Router router;
    std::vector<std::string> reasons;
    api::monasca::MonascaApi api{{.metrics = source,
                                  .exemplars = exemplars,
                                  .workers = workers,
                                  .clock = clock,
                                  .limits = {},
                                  .not_ready = [this] { return reasons; }}};
    http::Identity identity;
    Fixture() {
        api.add_routes(router);
        for (int i = 0; i < 6; i++) {
            source.add({{"__name__", "cpu"}, {"hostname", "a"}, {"dev", "x"}}, T0 + i * 60'000, i);
            source.add({{"__name__", "cpu"}, {"hostname", "b"}, {"dev", "y"}}, T0 + i * 60'000, 10 + i);
        }
        source.add({{"__name__", "mem"}, {"hostname", "a"}, {"path", "c:d"}}, T0, 7);
    }

    struct Reply {
        int status;
        JsonView json;
    };
    Reply get(const std::string& path, const std::vector<std::pair<std::string, std::string>>& params = {}) {
        http::Request request;
        request.method = "GET";
        request.path = "/monasca" + path;
        request.headers["host"] = "h:1";
        request.identity = identity;
        for (const auto& [name, value] : params)
            request.query.add(name, value);
        const http::Response response = router.find("GET", request.path).route->handler(request);
        return {response.status, *JsonView::parse(response.body)};
    }
    /// The offset of the next page, or "".
    static std::string next(const JsonView& json) {
        const JsonView links = json.get("links");
        if (links.size() < 2) return "";
        const std::string href = links.at(1).string_or("href", "");
        const size_t from = href.find("?offset=") + 8;
        return href.substr(from, href.find('&', from) - from);
    }
    static std::string values(const JsonView& json, std::string_view member) {
        std::string out;
        for (size_t i = 0; i < json.get("elements").size(); i++)
            out += (i > 0 ? "," : "") + json.get("elements").at(i).string_or(member, "?");
        return out;
    }
};

const std::pair<std::string, std::string> CPU{"name", "cpu"};
const std::pair<std::string, std::string> START{"start_time", "2026-11-22T12:00:00Z"};

}  // namespace

TEST_CASE("Monasca: versions and health") {
    Fixture f;
    CHECK(
        f.get("").json.get("elements").at(0).dump() ==
        R"({"id":"v2.0","links":[{"href":"http://h:1/monasca/v2.0","rel":"self"}],"status":"CURRENT","updated":"2013-03-06T00:00:00.000Z"})");
    CHECK(f.get("/v2.0/").json.string_or("id", "") == "v2.0");
    CHECK(f.get("/healthcheck").json.string_or("kafka", "") == "OK");
    f.reasons = {"replaying"};
    CHECK(f.get("/healthcheck/").status == 503);
}

TEST_CASE("Monasca: metrics with filters and pages") {
    Fixture f;
    const auto all = f.get("/v2.0/metrics");
    CHECK(Fixture::values(all.json, "name") == "cpu,cpu,mem");
    CHECK(all.json.get("elements").at(0).get("dimensions").dump() == R"({"dev":"x","hostname":"a"})");
    CHECK(Fixture::values(f.get("/v2.0/metrics", {{"dimensions", "hostname:a"}}).json, "name") == "cpu,mem");
    CHECK(Fixture::values(f.get("/v2.0/metrics", {{"dimensions", "path:c:d"}}).json, "name") == "mem");
    CHECK(Fixture::values(f.get("/v2.0/metrics", {{"dimensions", "path"}}).json, "name") == "mem");
    CHECK(Fixture::values(f.get("/v2.0/metrics", {{"dimensions", "hostname:a|b,dev:y"}}).json, "name") == "cpu");
    CHECK(f.get("/v2.0/metrics", {{"dimensions", "_x:y"}}).status == 422);
    CHECK(f.get("/v2.0/metrics", {{"limit", "x"}}).status == 422);
    CHECK(f.get("/v2.0/metrics", {{"start_time", "never"}}).status == 422);
    std::string seen;
    std::string offset;
    do {
        const auto page = f.get("/v2.0/metrics", {{"limit", "1"}, {"offset", offset}});
        seen += Fixture::values(page.json, "id") + ";";
        offset = Fixture::next(page.json);
    } while (!offset.empty());
    CHECK(seen == all.json.get("elements").at(0).string_or("id", "") + ";" +
                      all.json.get("elements").at(1).string_or("id", "") + ";" +
                      all.json.get("elements").at(2).string_or("id", "") + ";");
}

TEST_CASE("Monasca: names of metrics and dimensions, values of dimensions") {
    Fixture f;
    CHECK(Fixture::values(f.get("/v2.0/metrics/names").json, "name") == "cpu,mem");
    CHECK(Fixture::values(f.get("/v2.0/metrics/names", {{"offset", "cpu"}}).json, "name") == "mem");
    CHECK(Fixture::next(f.get("/v2.0/metrics/names", {{"limit", "1"}}).json) == "cpu");
    CHECK(Fixture::values(f.get("/v2.0/metrics/names", {{"dimensions", "dev:x"}}).json, "name") == "cpu");
    CHECK(Fixture::values(f.get("/v2.0/metrics/dimensions/names/", {{"metric_name", "mem"}}).json, "dimension_name") ==
          "hostname,path");
    CHECK(f.get("/v2.0/metrics/dimensions/names/values").status == 422);
    CHECK(Fixture::values(f.get("/v2.0/metrics/dimensions/names/values", {{"dimension_name", "hostname"}}).json,
                          "dimension_value") == "a,b");
}

TEST_CASE("Monasca: measurements of one metric, page by page") {
    Fixture f;
    f.exemplars.rows = {{model::Labels{{"__name__", "cpu"}, {"hostname", "a"}, {"dev", "x"}},
                         {{T0 + 60'000, 1, {{"value_meta", R"({"k":"v"})"}}}}}};
    const auto one = f.get("/v2.0/metrics/measurements",
                           {CPU, START, {"dimensions", "hostname:a"}, {"end_time", "2026-11-22T12:01:00Z"}});
    CHECK(one.json.get("elements").at(0).get("measurements").dump() ==
          R"([["2026-11-22T12:00:00.000Z",0,{}],["2026-11-22T12:01:00.000Z",1,{"k":"v"}]])");
    CHECK(one.json.get("elements").at(0).get("columns").dump() == R"(["timestamp","value","value_meta"])");
    std::string seen;
    std::string offset;
    int pages = 0;
    do {
        const auto page =
            f.get("/v2.0/metrics/measurements", {CPU, START, {"group_by", "*"}, {"limit", "5"}, {"offset", offset}});
        for (size_t e = 0; e < page.json.get("elements").size(); e++) {
            const JsonView element = page.json.get("elements").at(e);
            seen += element.get("dimensions").string_or("hostname", "") + ":";
            for (size_t i = 0; i < element.get("measurements").size(); i++)
                seen += fmt::format("{} ", *element.get("measurements").at(i).at(1).as_double());
        }
        offset = Fixture::next(page.json);
        pages++;
    } while (!offset.empty() && pages < 10);
    CHECK(seen == "a:0 1 2 3 4 a:5 b:10 11 12 13 b:14 15 ");
    CHECK(pages == 3);
}

TEST_CASE("Monasca: merged measurements lose no row of one time at a page's end") {
    Fixture f;
    std::string seen;
    std::string offset;
    do {
        const auto page = f.get("/v2.0/metrics/measurements",
                                {CPU, START, {"merge_metrics", "True"}, {"limit", "1"}, {"offset", offset}});
        const JsonView element = page.json.get("elements").at(0);
        seen += fmt::format("{} ", *element.get("measurements").at(0).at(1).as_double());
        CHECK(element.get("dimensions").dump() == "{}");
        offset = Fixture::next(page.json);
    } while (!offset.empty() && seen.size() < 100);
    CHECK(seen == "0 10 1 11 2 12 3 13 4 14 5 15 ");
}

TEST_CASE("Monasca: what measurements refuse") {
    Fixture f;
    const auto status = [&](std::vector<std::pair<std::string, std::string>> params) {
        return f.get("/v2.0/metrics/measurements", params).status;
    };
    const auto several = f.get("/v2.0/metrics/measurements", {CPU, START});
    CHECK(several.status == 409);
    CHECK(several.json.string_or("description", "").find("merge_metrics") != std::string::npos);
    CHECK(several.json.string_or("title", "") == "Conflict");
    CHECK(status({START}) == 422);
    CHECK(status({CPU}) == 422);
    CHECK(status({CPU, {"start_time", "x"}}) == 422);
    CHECK(status({CPU, START, {"end_time", "2026-11-22T12:00:00Z"}}) == 400);
    CHECK(status({CPU, START, {"offset", "a_b_c_d"}}) == 422);
    CHECK(status({CPU, START, {"limit", "-1"}}) == 422);
    CHECK(f.get("/v2.0/metrics/measurements", {{"name", "none"}, START}).json.get("elements").size() == 0);
}

TEST_CASE("Monasca: statistics in buckets from the epoch on") {
    Fixture f;
    const auto one = f.get("/v2.0/metrics/statistics", {CPU,
                                                        {"start_time", "2026-11-22T12:01:00Z"},
                                                        {"dimensions", "hostname:a"},
                                                        {"statistics", "AVG,count,max"},
                                                        {"period", "180"}});
    CHECK(one.json.get("elements").at(0).get("columns").dump() == R"(["timestamp","avg","count","max"])");
    CHECK(one.json.get("elements").at(0).get("statistics").dump() ==
          R"([["2026-11-22T12:00:00Z",1.5,2,2],["2026-11-22T12:03:00Z",4,3,5]])");
    const auto merged =
        f.get("/v2.0/metrics/statistics", {CPU, START, {"merge_metrics", "true"}, {"statistics", "sum,min"}});
    CHECK(merged.json.get("elements").at(0).get("statistics").dump() ==
          R"([["2026-11-22T12:00:00Z",70,0],["2026-11-22T12:05:00Z",20,5]])");
    const auto grouped =
        f.get("/v2.0/metrics/statistics",
              {CPU, START, {"merge_metrics", "true"}, {"group_by", "hostname"}, {"statistics", "sum"}});
    CHECK(grouped.json.get("elements").size() == 2);
    CHECK(grouped.json.get("elements").at(1).get("dimensions").dump() == R"({"hostname":"b"})");
    CHECK(f.get("/v2.0/metrics/statistics", {CPU, START, {"statistics", "avg"}}).status == 409);
    for (const char* period : {"-1", "x", "1.5", "0"})
        CHECK(f.get("/v2.0/metrics/statistics", {CPU, START, {"statistics", "avg"}, {"period", period}}).status == 422);
    CHECK(f.get("/v2.0/metrics/statistics", {CPU, START, {"statistics", "median"}}).status == 422);
    CHECK(f.get("/v2.0/metrics/statistics", {CPU, START}).status == 422);
}

TEST_CASE("Monasca: statistics page by page") {
    Fixture f;
    std::string seen;
    std::string offset;
    do {
        const auto page = f.get("/v2.0/metrics/statistics", {CPU,
                                                             START,
                                                             {"group_by", "*"},
                                                             {"statistics", "max"},
                                                             {"period", "60"},
                                                             {"limit", "4"},
                                                             {"offset", offset}});
        for (size_t e = 0; e < page.json.get("elements").size(); e++)
            for (size_t i = 0; i < page.json.get("elements").at(e).get("statistics").size(); i++)
                seen += fmt::format("{} ", *page.json.get("elements").at(e).get("statistics").at(i).at(1).as_double());
        offset = Fixture::next(page.json);
        seen += "| ";
    } while (!offset.empty() && seen.size() < 200);
    CHECK(seen == "0 1 2 3 | 4 5 10 11 | 12 13 14 15 | ");
}

TEST_CASE("Monasca: another tenant is for delegates") {
    Fixture f;
    f.identity.tenant_bound = true;
    for (const char* path :
         {"/v2.0/metrics", "/v2.0/metrics/names", "/v2.0/metrics/measurements", "/v2.0/metrics/statistics"})
        CHECK(f.get(path, {{"tenant_id", "other"}}).status == 401);
}
