#include "ingest/opentsdb/listener.h"

#include "base/json.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

struct Fixture {
    ManualClock clock{1'795'348'800'000};
    ingest::ReceiverStats stats{clock, "opentsdb_test", "OpenTSDB", ""};
    tests::RecordingSink recorder;
    http::Router router;
    Fixture() { ingest::opentsdb::register_routes(router, recorder.sink(), stats); }

    http::Response post(std::string body, const std::string& flag = "", const std::string& path = "/api/put") {
        http::Request request;
        request.method = "POST";
        request.path = path;
        request.body = std::move(body);
        if (!flag.empty()) request.query.add(flag, "");
        return router.find("POST", path).route->handler(request);
    }
};

constexpr const char* GOOD =
    R"({"metric":"sys.cpu","timestamp":1356998400,"value":18,"tags":{"host":"a","core":0,"ok":true}})";

}  // namespace

TEST_CASE("a point or an array of points, in seconds or milliseconds") {
    Fixture f;
    CHECK(f.post(GOOD).status == 204);
    CHECK(
        f.post(
             R"([{"metric":"m","timestamp":1356998400123,"value":"-1.5","tags":{}},{"metric":"n","timestamp":"1356998400.5","value":2}])",
             "", "/opentsdb/api/put")
            .status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(sys.cpu{core="0",host="a",ok="true"})");
    CHECK(f.recorder.rows[0].time_ms == 1'356'998'400'000);
    CHECK(f.recorder.rows[1].time_ms == 1'356'998'400'123);
    CHECK(f.recorder.rows[1].value == -1.5);
    CHECK(f.recorder.rows[2].time_ms == 1'356'998'400'500);
    CHECK(f.stats.snapshot().records_total == 3);
}

TEST_CASE("summary counts, details name what was refused") {
    Fixture f;
    CHECK(f.post(GOOD, "summary").body == R"({"success":1,"failed":0})");
    CHECK(f.post(GOOD, "details").body == R"({"success":1,"failed":0,"errors":[]})");
    const std::string mixed = fmt::format(R"([{},{{"metric":"x","timestamp":1,"value":"high"}},7])", GOOD);
    const http::Response answer = f.post(mixed, "details");
    CHECK(answer.status == 400);
    const JsonView json = *JsonView::parse(answer.body);
    CHECK(json.int_or("success", -1) == 1);
    CHECK(json.int_or("failed", -1) == 2);
    CHECK(json.get("errors").at(0).get("datapoint").string_or("metric", "") == "x");
    CHECK(json.get("errors").at(0).string_or("error", "").find("value") != std::string::npos);
    CHECK(f.post(mixed).body.find("2 points refused, 1 taken") != std::string::npos);
    CHECK(f.stats.snapshot().refused_total == 4);
}

TEST_CASE("hostile points are refused and counted, never stored") {
    for (const char* body : {"",
                             "{",
                             "[",
                             "null",
                             "7",
                             "[[]]",
                             R"({"metric":"m"})",
                             R"({"metric":"","timestamp":1,"value":1})",
                             R"({"metric":7,"timestamp":1,"value":1})",
                             R"({"metric":"m","timestamp":-1,"value":1})",
                             R"({"metric":"m","timestamp":1e300,"value":1})",
                             R"({"metric":"m","timestamp":"nan","value":1})",
                             R"({"metric":"m","timestamp":1,"value":"inf"})",
                             R"({"metric":"m","timestamp":1,"value":true})",
                             R"({"metric":"m","timestamp":1,"value":1,"tags":[]})",
                             R"({"metric":"m","timestamp":1,"value":1,"tags":{"":"x"}})",
                             R"({"metric":"m","timestamp":1,"value":1,"tags":{"__name__":"x"}})",
                             R"({"metric":"m","timestamp":1,"value":1,"tags":{"a":{}}})",
                             R"({"metric":"m","timestamp":1,"value":1,"tags":{"a":null}})",
                             "{\"metric\":\"\xff\",\"timestamp\":1,\"value\":1}"}) {
        CAPTURE(body);
        Fixture f;
        CHECK(f.post(body).status == 400);
        CHECK(f.recorder.rows.empty());
        CHECK(f.stats.snapshot().refused_total == 1);
    }
    Fixture f;
    CHECK(f.post(std::string(100'000, '[')).status == 400);
    CHECK(f.post(std::string(9UL << 20, ' ')).status == 413);
    CHECK(f.post("[]").status == 204);
}

TEST_CASE("only the first hundred bad points are shown") {
    Fixture f;
    std::string body = "[1";
    for (int i = 0; i < 499; i++)
        body += ",1";
    const JsonView json = *JsonView::parse(f.post(body + "]", "details").body);
    CHECK(json.int_or("failed", 0) == 500);
    CHECK(json.get("errors").size() == 100);
}

TEST_CASE("a full queue is 429 with Retry-After") {
    Fixture f;
    f.recorder.error = make_error(Code::exhausted, "the queue is full");
    const http::Response answer = f.post(GOOD);
    CHECK(answer.status == 429);
    CHECK(answer.has_header("Retry-After"));
    CHECK(answer.body.find(R"("code":429)") != std::string::npos);
}
