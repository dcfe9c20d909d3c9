#include "ingest/exposition/listener.h"

#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

constexpr int64_t NOW_MS = 1'795'348'800'000;

struct Fixture {
    ManualClock clock{NOW_MS};
    ingest::ReceiverStats stats{clock, "import_test", "Import", ""};
    tests::RecordingSink recorder;
    http::Router router;
    Fixture() { ingest::exposition::register_routes(router, clock, recorder.sink(), stats); }

    http::Response post(std::string body,
                        const std::vector<std::pair<std::string, std::string>>& query = {},
                        std::string content_type = "text/plain") {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/import/prometheus";
        request.body = std::move(body);
        request.headers["content-type"] = std::move(content_type);
        for (const auto& [name, value] : query)
            request.query.add(name, value);
        return router.find("POST", request.path).route->handler(request);
    }
};

}  // namespace

TEST_CASE("text import stores samples, at its own or the present time, and metadata") {
    Fixture f;
    CHECK(f.post("# HELP up Is it up\n# TYPE up gauge\nup{job=\"a\"} 1\nup{job=\"b\"} 0 5000\n# TYPE x counter\nx 3\n")
              .status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(up{job="a"})");
    CHECK(f.recorder.rows[0].time_ms == NOW_MS);
    CHECK(f.recorder.rows[1].time_ms == 5000);
    REQUIRE(f.recorder.metadata.size() == 2);
    CHECK(f.recorder.metadata[0].help == "Is it up");
    CHECK(f.recorder.metadata[0].type == model::MetricType::gauge);
    CHECK(f.recorder.metadata[1].name == "x");
    CHECK(f.post("").status == 204);
}

TEST_CASE("extra labels win over those of the line, timestamp stands in") {
    Fixture f;
    CHECK(f.post("up{job=\"a\",zone=\"z\"} 1\nup 2 7\n",
                 {{"extra_label", "job=import"}, {"extra_label", "env=prod=1"}, {"timestamp", "1234"}})
              .status == 204);
    REQUIRE(f.recorder.rows.size() == 2);
    CHECK(f.recorder.rows[0].series == R"(up{env="prod=1",job="import",zone="z"})");
    CHECK(f.recorder.rows[0].time_ms == 1234);
    CHECK(f.recorder.rows[1].time_ms == 7);
    CHECK(f.post("up 1\n", {{"timestamp", "soon"}}).status == 400);
    CHECK(f.post("up 1\n", {{"extra_label", "job"}}).status == 400);
    CHECK(f.post("up{a=\"1\",a=\"2\"} 1\n", {{"extra_label", "b=c"}}).body.find("stands twice") != std::string::npos);
}

TEST_CASE("a bad line is named and the good ones are kept") {
    Fixture f;
    const http::Response answer = f.post("a 1\nb oops\nc 3\nd{ 4\n");
    CHECK(answer.status == 400);
    CHECK(answer.body.find("line 2: ") != std::string::npos);
    CHECK(answer.body.find("2 lines refused, 2 samples taken") != std::string::npos);
    CHECK(f.recorder.rows.size() == 2);
    CHECK(f.stats.snapshot().refused_total == 2);
    CHECK(f.stats.snapshot().refusals[0].sample == "b oops");
}

TEST_CASE("large imports are written in batches, and say how far they came") {
    Fixture f;
    std::string body;
    for (int i = 0; i < 25'000; i++)
        body += "up{i=\"" + std::to_string(i) + "\"} 1\n";
    CHECK(f.post(body).status == 204);
    CHECK(f.recorder.writes == 3);
    CHECK(f.recorder.rows.size() == 25'000);
    f.recorder.error = make_error(Code::exhausted, "the queue is full");
    const http::Response answer = f.post(body);
    CHECK(answer.status == 429);
    CHECK(answer.has_header("Retry-After"));
    CHECK(answer.body.find("0 samples were taken") != std::string::npos);
}

TEST_CASE("OpenMetrics without its end is reported") {
    Fixture f;
    CHECK(f.post("a 1 2\n# EOF\n", {}, "application/openmetrics-text").status == 204);
    CHECK(f.recorder.rows[0].time_ms == 2000);
    const http::Response answer = f.post("a 1\n", {}, "application/openmetrics-text");
    CHECK(answer.status == 400);
    CHECK(answer.body.find("# EOF") != std::string::npos);
}
