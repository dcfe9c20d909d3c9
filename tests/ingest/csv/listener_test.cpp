#include "ingest/csv/listener.h"

#include "ingest/csv/decode.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

struct Fixture {
    ManualClock clock{1'795'348'800'000};
    ingest::ReceiverStats stats{clock, "csv_test", "CSV", ""};
    tests::RecordingSink recorder;
    http::Router router;
    Fixture() { ingest::csv::register_routes(router, clock, recorder.sink(), stats); }

    http::Response post(const std::string& format, std::string body, const std::string& extra_label = "") {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/import/csv";
        request.body = std::move(body);
        if (!format.empty()) request.query.add("format", format);
        if (!extra_label.empty()) request.query.add("extra_label", extra_label);
        return router.find("POST", request.path).route->handler(request);
    }
    std::vector<std::string> rows() const {
        std::vector<std::string> out;
        for (const auto& row : recorder.rows)
            out.push_back(fmt::format("{} {} {}", row.series, row.time_ms, row.value));
        return out;
    }
};

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("columns are what the format says") {
    Fixture f;
    CHECK(f.post("1:time:rfc3339,2:label:host,3:metric:temp,4:metric:load",
                 "2026-11-22T12:00:00Z,a,21.5,3\n2026-11-22T13:00:01+01:00,b,,4\r\n\n2026-11-22T12:00:02Z,,1,\n",
                 "job=x")
              .status == 204);
    CHECK(f.rows() == Rows{R"(temp{host="a",job="x"} 1795348800000 21.5)", R"(load{host="a",job="x"} 1795348800000 3)",
                           R"(load{host="b",job="x"} 1795348801000 4)", R"(temp{job="x"} 1795348802000 1)"});
    CHECK(f.post("2:metric:m", "x,7").status == 204);
    CHECK(f.rows().back() == "m 1795348800000 7");
}

TEST_CASE("quoted fields may hold commas, quotes and line breaks") {
    Fixture f;
    CHECK(f.post("1:label:a,2:metric:m", "\"x,\"\"y\"\"\",1\n\"p\nq\",\"2\"\r\n\"\",3").status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(m{a="x,\"y\""})");
    CHECK(f.recorder.rows[1].series == R"(m{a="p\nq"})");
    CHECK(f.recorder.rows[2].series == "m");
}

TEST_CASE("times of every form") {
    using ingest::csv::decode_time;
    using ingest::csv::TimeFormat;
    constexpr int64_t MS = 1'795'348'800'123;
    CHECK(decode_time("1795348800.123", TimeFormat::seconds) == MS);
    CHECK(decode_time("1795348800123", TimeFormat::milliseconds) == MS);
    CHECK(decode_time("1795348800123456", TimeFormat::microseconds) == MS);
    CHECK(decode_time("1795348800123456789", TimeFormat::nanoseconds) == MS);
    CHECK(decode_time("2026-11-22T12:00:00.123Z", TimeFormat::rfc3339) == MS);
    for (const char* bad : {"", "x", "1e300", "nan", "9223372036854775807"})
        CHECK_MESSAGE(!decode_time(bad, TimeFormat::seconds), bad);
}

TEST_CASE("a bad row is named and left out, the others are taken") {
    Fixture f;
    const http::Response answer =
        f.post("1:metric:m,2:time:unix_s", "1,1795348800\nx,1795348800\n2\n3,1795348801\n4,never\n\"5,1\n6,1795348802");
    CHECK(answer.status == 400);
    CHECK(answer.body.find("line 2") != std::string::npos);
    CHECK(answer.body.find("4 lines refused, 3 samples taken") != std::string::npos);
    CHECK(f.recorder.rows.size() == 3);
    CHECK(f.stats.snapshot().refused_total == 4);
}

TEST_CASE("a format that says nothing sensible is refused") {
    for (const char* format : {"", "x", "1:metric", "0:metric:m", "1001:metric:m", "1:metric:", "1:label:a",
                               "1:time:unix_s", "1:metric:m,2:time:never", "1:metric:m,2:time:unix_s,3:time:unix_s",
                               "1:value:m", "1:metric:m,2:label:__name__", "1:metric:m,2:time:custom:2006"}) {
        CAPTURE(format);
        Fixture f;
        CHECK(f.post(format, "1,2,3").status == 400);
        CHECK(f.recorder.rows.empty());
        CHECK(f.stats.snapshot().refusals[0].reason == "parameter");
    }
    Fixture f;
    CHECK(f.post("1:metric:m", "1", "novalue").status == 400);
}

TEST_CASE("a row beyond the limit does not take the ones behind it along") {
    Fixture f;
    CHECK(f.post("1:metric:m", "1\n" + std::string(2'000, ',') + "\n2\n\"" + std::string(2 << 20, 'x') + "\"\n3")
              .status == 400);
    CHECK(f.recorder.rows.size() == 3);
}
