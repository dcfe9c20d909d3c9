#include "ingest/json_lines/listener.h"

#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

struct Fixture {
    ManualClock clock{1'795'348'800'000};
    ingest::ReceiverStats stats{clock, "json_lines_test", "JSON lines", ""};
    tests::RecordingSink recorder;
    http::Router router;
    Fixture() { ingest::json_lines::register_routes(router, recorder.sink(), stats); }

    http::Response post(std::string body, const std::string& extra_label = "") {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/import";
        request.body = std::move(body);
        if (!extra_label.empty()) request.query.add("extra_label", extra_label);
        return router.find("POST", request.path).route->handler(request);
    }
};

constexpr const char* GOOD = R"({"metric":{"__name__":"up","job":"a"},"values":[1,0.5],"timestamps":[1000,2000]})";

}  // namespace

TEST_CASE("a line is a series with its samples") {
    Fixture f;
    CHECK(f.post(fmt::format("{}\r\n\n{}", GOOD, R"({"timestamps":[-5],"values":[-1e300],"metric":{"a b":"ü"}})"),
                 "job=x")
              .status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(up{job="x"})");
    CHECK(f.recorder.rows[1].time_ms == 2000);
    CHECK(f.recorder.rows[1].value == 0.5);
    CHECK(f.recorder.rows[2].time_ms == -5);
    CHECK(f.stats.snapshot().records_total == 3);
}

TEST_CASE("what JSON has no number for has a word") {
    Fixture f;
    CHECK(
        f.post(
             R"({"metric":{"__name__":"m"},"values":[null,"Infinity","-Infinity","StaleNaN"],"timestamps":[1,2,3,4]})")
            .status == 204);
    REQUIRE(f.recorder.rows.size() == 4);
    CHECK(std::isnan(f.recorder.rows[0].value));
    CHECK(!model::is_stale(f.recorder.rows[0].value));
    CHECK(f.recorder.rows[1].value == std::numeric_limits<double>::infinity());
    CHECK(f.recorder.rows[2].value == -std::numeric_limits<double>::infinity());
    CHECK(model::is_stale(f.recorder.rows[3].value));
}

TEST_CASE("histograms have lines of their own") {
    Fixture f;
    CHECK(f.post(R"({"metric":{"__name__":"h"},"histograms":[{"schema":3,"count":4,"sum":7.5,"zero_count":1,)"
                 R"("positive_spans":[[-2,2]],"positive_buckets":[1,2],"reset_hint":"gauge"}],"timestamps":[1]})")
              .status == 204);
    REQUIRE(f.recorder.rows.size() == 1);
    const auto h = f.recorder.rows[0].histogram;
    REQUIRE(h != nullptr);
    CHECK(h->schema == 3);
    CHECK(h->sum == 7.5);
    CHECK(h->positive_spans == std::vector<model::Histogram::Span>{{-2, 2}});
    CHECK(h->positive_buckets == std::vector<double>{1, 2});
    CHECK(h->reset_hint == model::Histogram::ResetHint::gauge);
}

TEST_CASE("bad lines are named and counted, good ones are taken") {
    Fixture f;
    const http::Response answer = f.post(fmt::format("{}\n{{\n{}", GOOD, GOOD));
    CHECK(answer.status == 400);
    CHECK(answer.body.find("line 2") != std::string::npos);
    CHECK(f.recorder.rows.size() == 4);
    for (
        const char* line :
        {"7", "[]", "{}", R"({"metric":{},"values":[1],"timestamps":[1]})",
         R"({"metric":{"a":1},"values":[1],"timestamps":[1]})", R"({"metric":{"a":"b"},"values":[1],"timestamps":[]})",
         R"({"metric":{"a":"b"},"values":["x"],"timestamps":[1]})",
         R"({"metric":{"a":"b"},"values":[1],"timestamps":[1.5]})", R"({"metric":{"a":"b"},"values":[1]})",
         R"({"metric":{"a":"b"},"values":{},"timestamps":[]})",
         R"({"metric":{"a":"b"},"histograms":[1],"timestamps":[1]})",
         R"({"metric":{"a":"b"},"histograms":[{"schema":1000,"count":1,"sum":1}],"timestamps":[1]})",
         R"({"metric":{"a":"b"},"histograms":[{"schema":1,"count":1,"sum":1,"positive_spans":[[0,9]]}],"timestamps":[1]})",
         R"({"metric":{"a":"b"},"histograms":[{"schema":1,"count":1,"sum":1,"positive_spans":[[0]]}],"timestamps":[1]})"}) {
        CAPTURE(line);
        Fixture g;
        CHECK(g.post(line).status == 400);
        CHECK(g.recorder.rows.empty());
        CHECK(g.stats.snapshot().refusals[0].reason == "malformed");
    }
    Fixture g;
    CHECK(g.post(GOOD, "novalue").status == 400);
    CHECK(g.post(std::string(9 << 20, ' ').replace(0, 1, "{")).status == 400);
    CHECK(g.recorder.rows.empty());
}
