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
    const http::Response v3 = f.post(body, "application/x-protobuf;proto=io.prometheus.write.v3.Request");
    CHECK(v3.status == 415);
    CHECK(v3.body.find("io.prometheus.write.v2.Request") != std::string::npos);
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

TEST_CASE("native histograms and exemplars arrive: counts as integers and as doubles") {
    Fixture f;
    const auto packed = [](const std::vector<int64_t>& values) {
        std::string out;
        for (const int64_t v : values) put_zigzag(out, v);
        return out;
    };
    const auto doubles = [](const std::vector<double>& values) {
        std::string out;
        for (const double v : values) put_le(out, v);
        return out;
    };
    const auto span = [](int64_t offset, uint64_t length) {
        std::string out;
        codec::ProtoWriter fields(out);
        fields.varint(1, zigzag(offset));
        fields.varint(2, length);
        return out;
    };
    std::string integers;
    codec::ProtoWriter h(integers);
    h.varint(1, 10);
    h.float64(3, 18.5);
    h.varint(4, zigzag(1));
    h.float64(5, 0.001);
    h.varint(6, 1);
    h.bytes(8, span(0, 1));
    h.bytes(9, packed({2}));
    h.bytes(11, span(-1, 2));
    h.bytes(11, span(1, 1));
    h.bytes(12, packed({3, -2, 2}));
    h.varint(14, 2);
    h.int64(15, 1'000);
    std::string custom;
    codec::ProtoWriter c(custom);
    c.float64(2, 4.5);
    c.float64(3, -1);
    c.varint(4, zigzag(-53));
    c.bytes(11, span(0, 2));
    c.bytes(13, doubles({1.5, 3}));
    c.int64(15, 2'000);
    c.bytes(16, doubles({0.5}));
    std::string exemplar;
    codec::ProtoWriter e(exemplar);
    e.bytes(1, RemoteWriteMessage::label({"trace_id", "abc"}));
    e.float64(2, 0.4);
    e.int64(3, 999);
    std::string series;
    codec::ProtoWriter fields(series);
    fields.bytes(1, RemoteWriteMessage::label({"__name__", "latency"}));
    fields.bytes(3, exemplar);
    fields.bytes(4, integers);
    fields.bytes(4, custom);
    RemoteWriteMessage message;
    message.series({{"__name__", "up"}}, {{1, 1}});
    message.raw_series(series);
    CHECK(f.post(message).status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].histogram == nullptr);
    REQUIRE(f.recorder.rows[1].histogram != nullptr);
    const model::Histogram& first = *f.recorder.rows[1].histogram;
    CHECK(f.recorder.rows[1].time_ms == 1'000);
    CHECK(first.schema == 1);
    CHECK(first.count == 10);
    CHECK(first.sum == 18.5);
    CHECK(first.zero_count == 1);
    CHECK(first.zero_threshold == 0.001);
    CHECK(first.reset_hint == model::Histogram::ResetHint::not_reset);
    CHECK(first.positive_buckets == std::vector<double>{3, 1, 3});
    CHECK(first.positive_spans == std::vector<model::Histogram::Span>{{-1, 2}, {1, 1}});
    CHECK(first.negative_buckets == std::vector<double>{2});
    REQUIRE(f.recorder.rows[2].histogram != nullptr);
    CHECK(f.recorder.rows[2].histogram->custom_bounds == std::vector<double>{0.5});
    CHECK(f.recorder.rows[2].histogram->positive_buckets == std::vector<double>{1.5, 3});
    REQUIRE(f.recorder.exemplars.size() == 1);
    CHECK(f.recorder.exemplars[0].series == "latency");
    CHECK(f.recorder.exemplars[0].exemplar == model::Exemplar{999, 0.4, model::Labels{{"trace_id", "abc"}}});
    for (const std::string& one : {integers, exemplar}) {
        for (size_t cut = 1; cut < one.size(); cut += 3) {
            std::string broken;
            codec::ProtoWriter(broken).bytes(one == exemplar ? 3 : 4, one.substr(0, cut));
            RemoteWriteMessage bad;
            bad.raw_series(broken);
            const int status = f.post(bad).status;
            CHECK((status == 400 || status == 204));
        }
    }
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
