#include "ingest/prometheus/listener.h"

#include "support/recording_sink.h"
#include "support/remote_write.h"

#include <doctest/doctest.h>

using namespace belfry;
using tests::RemoteWriteMessage;

namespace {

struct Fixture {
    ManualClock clock{1'795'348'800'000};
    ingest::ReceiverStats stats{clock, "prometheus_write_test", "Prometheus write", ""};
    tests::RecordingSink recorder;
    http::Router router;

    Fixture() { ingest::prometheus::register_routes(router, recorder.sink(), stats, {.bytes_max = 100'000}); }

    http::Response post(std::string body,
                        std::string content_type = "application/x-protobuf",
                        std::string encoding = "snappy") {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/write";
        request.body = std::move(body);
        request.content_encoding = std::move(encoding);
        request.headers["content-type"] = std::move(content_type);
        request.remote_address = "10.0.0.7";
        request.identity.tenant = "team-a";
        const http::RouteMatch match = router.find("POST", request.path);
        REQUIRE(match.route != nullptr);
        return match.route->handler(request);
    }
    http::Response post(const RemoteWriteMessage& message) {
        return post(codec::compress(codec::Coding::snappy, message.bytes()));
    }
};

}  // namespace

TEST_CASE("remote write takes samples and metadata and answers 204") {
    Fixture f;
    RemoteWriteMessage message;
    message.series({{"__name__", "up"}, {"job", "a"}}, {{1000, 1}, {2000, 0}});
    message.series({{"__name__", "up"}, {"job", "b"}}, {{1000, model::stale_nan()}});
    message.metadata(1, "http_requests", "Requests.", "");
    message.metadata(99, "odd", "", "seconds");
    CHECK(f.post(message).status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(up{job="a"})");
    CHECK(f.recorder.rows[0].tenant == "team-a");
    CHECK(f.recorder.rows[1].time_ms == 2000);
    CHECK(model::is_stale(f.recorder.rows[2].value));
    REQUIRE(f.recorder.metadata.size() == 2);
    CHECK(f.recorder.metadata[0].type == model::MetricType::counter);
    CHECK(f.recorder.metadata[0].help == "Requests.");
    CHECK(f.recorder.metadata[1].type == model::MetricType::unknown);
    const ingest::ReceiverSnapshot s = f.stats.snapshot();
    CHECK(s.records_total == 3);
    CHECK(s.senders == 1);
    CHECK(s.refused_total == 0);
}

TEST_CASE("labels that do not stand together are joined") {
    Fixture f;
    std::string series;
    codec::ProtoWriter fields(series);
    fields.bytes(2, RemoteWriteMessage::sample({5, 1}));
    fields.bytes(1, RemoteWriteMessage::label({"__name__", "up"}));
    fields.bytes(2, RemoteWriteMessage::sample({6, 2}));
    fields.bytes(1, RemoteWriteMessage::label({"job", "x"}));
    fields.bytes(1, RemoteWriteMessage::label({"zone", "y"}));
    CHECK(f.post(RemoteWriteMessage().raw_series(series)).status == 204);
    REQUIRE(f.recorder.rows.size() == 2);
    CHECK(f.recorder.rows[1].series == R"(up{job="x",zone="y"})");
    CHECK(f.recorder.rows[1].time_ms == 6);
}

TEST_CASE("every path and content type of remote write 1.0 is taken") {
    Fixture f;
    for (const char* path : {"/api/v1/write", "/api/v1/push", "/prometheus/api/v1/write"})
        CHECK(f.router.find("POST", path).route != nullptr);
    const std::string body =
        codec::compress(codec::Coding::snappy, RemoteWriteMessage().series({{"__name__", "up"}}, {{1, 1}}).bytes());
    for (const char* type : {"", "application/x-protobuf", "application/x-protobuf;proto=prometheus.WriteRequest",
                             "application/x-protobuf; proto=\"prometheus.WriteRequest\""})
        CHECK(f.post(body, type).status == 204);
    CHECK(f.post(body, "application/x-protobuf", "").status == 204);
}

TEST_CASE("other content types are answered with 415 and a sentence") {
    Fixture f;
    const std::string body = codec::compress(codec::Coding::snappy, "");
    CHECK(f.post(body, "text/plain").status == 415);
    const http::Response v2 = f.post(body, "application/x-protobuf;proto=io.prometheus.write.v2.Request");
    CHECK(v2.status == 415);
    CHECK(v2.body.find("remote write 2.0 is not understood yet") != std::string::npos);
    CHECK(f.post(body, "application/x-protobuf;proto=other.Message").status == 415);
    CHECK(f.post(body, "application/x-protobuf", "br").status == 415);
    CHECK(f.stats.snapshot().refused_total == 4);
    CHECK(f.recorder.writes == 0);
}

TEST_CASE("bodies that are not snappy, not protobuf or too large are refused whole") {
    Fixture f;
    CHECK(f.post("not snappy at all").status == 400);
    CHECK(f.post(codec::compress(codec::Coding::snappy, "not protobuf")).status == 400);
    CHECK(f.post(codec::compress(codec::Coding::snappy, std::string(100'001, 'x'))).status == 413);
    RemoteWriteMessage message;
    message.series({{"__name__", "up"}}, {{1, 1}});
    const std::string whole = message.bytes();
    for (size_t cut = 1; cut < whole.size(); cut++)
        CHECK(f.post(codec::compress(codec::Coding::snappy, whole.substr(0, cut))).status == 400);
    CHECK(f.recorder.rows.empty());
    const ingest::ReceiverSnapshot s = f.stats.snapshot();
    CHECK(s.refusals.size() == 3);
    CHECK(s.records_total == 0);
}

TEST_CASE("native histograms are refused by name and the floats beside them kept") {
    Fixture f;
    std::string series;
    codec::ProtoWriter fields(series);
    fields.bytes(1, RemoteWriteMessage::label({"__name__", "latency"}));
    fields.bytes(3, "exemplar");
    fields.bytes(4, "histogram");
    RemoteWriteMessage message;
    message.series({{"__name__", "up"}}, {{1, 1}});
    message.raw_series(series);
    const http::Response answer = f.post(message);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("not yet accepted") != std::string::npos);
    CHECK(answer.body.find("latency") != std::string::npos);
    CHECK(f.recorder.rows.size() == 1);
    CHECK(f.stats.snapshot().refused_total == 2);
}

TEST_CASE("refused rows give 400 with the first of them, the series limit 429") {
    Fixture f;
    RemoteWriteMessage message;
    message.series({{"__name__", "up"}}, {{1, 1}});
    f.recorder.outcome.rejected_samples = 2;
    f.recorder.outcome.rejected[static_cast<size_t>(ingest::Refusal::too_old)] = 2;
    f.recorder.outcome.first_reason = ingest::Refusal::too_old;
    f.recorder.outcome.first_message = "sample of up{} is older than retention";
    http::Response answer = f.post(message);
    CHECK(answer.status == 400);
    CHECK(answer.body.find("2 of 3 samples refused") != std::string::npos);
    CHECK(answer.body.find("older than retention") != std::string::npos);
    f.recorder.outcome.rejected[static_cast<size_t>(ingest::Refusal::series_limit)] = 1;
    answer = f.post(message);
    CHECK(answer.status == 429);
    CHECK(answer.has_header("Retry-After"));
}

TEST_CASE("a queue that refuses is answered with 429 or 503 and Retry-After") {
    Fixture f;
    RemoteWriteMessage message;
    message.series({{"__name__", "up"}}, {{1, 1}});
    f.recorder.error = make_error(Code::exhausted, "the queue is full");
    http::Response answer = f.post(message);
    CHECK(answer.status == 429);
    CHECK(answer.has_header("Retry-After"));
    f.recorder.error = make_error(Code::unavailable, "closing");
    answer = f.post(message);
    CHECK(answer.status == 503);
    CHECK(answer.has_header("Retry-After"));
    CHECK(f.stats.snapshot().refusals[0].reason != "");
}
