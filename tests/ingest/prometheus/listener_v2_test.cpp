#include "ingest/prometheus/listener.h"
#include "ingest/prometheus/map_v2.h"
#include "support/recording_sink.h"
#include "support/remote_write_v2.h"

#include <doctest/doctest.h>

using namespace belfry;
using tests::RemoteWriteMessageV2;

namespace {

constexpr const char* CONTENT_TYPE = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

struct Fixture {
    ManualClock clock{1'795'348'800'000};
    ingest::ReceiverStats stats{clock, "prometheus_write_v2_test", "Prometheus write", ""};
    tests::RecordingSink recorder;
    http::Router router;

    Fixture() { ingest::prometheus::register_routes(router, recorder.sink(), stats, {.bytes_max = 1'000'000}); }

    http::Response post(const std::string& message, const std::string& content_type = CONTENT_TYPE) {
        http::Request request;
        request.method = "POST";
        request.path = "/api/v1/write";
        request.body = codec::compress(codec::Coding::snappy, message);
        request.content_encoding = "snappy";
        request.headers["content-type"] = content_type;
        request.remote_address = "10.0.0.7";
        request.identity.tenant = "team-a";
        return router.find("POST", request.path).route->handler(request);
    }
    [[nodiscard]] uint64_t refused(const std::string& reason) const {
        for (const auto& r : stats.snapshot().refusals) {
            if (r.reason == reason) return r.total;
        }
        return 0;
    }
};

std::string written(const http::Response& response) {
    std::string out;
    for (const char* what : {"Samples", "Histograms", "Exemplars"}) {
        for (const auto& [name, value] : response.headers) {
            if (name == fmt::format("X-Prometheus-Remote-Write-{}-Written", what)) out += value + " ";
        }
    }
    return out;
}

}  // namespace

TEST_CASE("remote write 2.0 takes samples, histograms, exemplars, metadata and start times") {
    Fixture f;
    RemoteWriteMessageV2 message;
    message.series({{"__name__", "requests_total"}, {"job", "a"}}, {{1000, 1}, {2000, 3}},
                   [&](codec::ProtoWriter& fields) {
                       fields.bytes(2, RemoteWriteMessageV2::sample({3000, 4}, 700));
                       fields.bytes(4, message.exemplar({{"trace_id", "abc"}}, 0.5, 1500));
                       fields.bytes(5, message.metadata(1, "Requests.", "requests"));
                       fields.int64(6, 500);
                   });
    message.series({{"__name__", "latency"}}, {}, [&](codec::ProtoWriter& fields) {
        fields.bytes(3, RemoteWriteMessageV2::histogram(1000, 7));
        fields.bytes(3, RemoteWriteMessageV2::histogram(2000, 9, 600));
        fields.bytes(5, message.metadata(3, "", "seconds"));
    });
    const http::Response answer = f.post(message.bytes());
    CHECK(answer.status == 204);
    CHECK(written(answer) == "3 2 1 ");
    REQUIRE(f.recorder.rows.size() == 5);
    CHECK(f.recorder.rows[0].series == R"(requests_total{job="a"})");
    CHECK(f.recorder.rows[0].tenant == "team-a");
    CHECK(f.recorder.rows[0].start_ms == 500);
    CHECK(f.recorder.rows[1].start_ms == 500);
    CHECK(f.recorder.rows[2].start_ms == 700);
    CHECK(f.recorder.rows[2].value == 4);
    CHECK(f.recorder.rows[3].series == "latency");
    REQUIRE(f.recorder.rows[3].histogram != nullptr);
    CHECK(f.recorder.rows[3].histogram->count == 7);
    CHECK(f.recorder.rows[3].start_ms == 0);
    CHECK(f.recorder.rows[4].start_ms == 600);
    REQUIRE(f.recorder.exemplars.size() == 1);
    CHECK(f.recorder.exemplars[0].exemplar.labels.get("trace_id") == "abc");
    CHECK(f.recorder.exemplars[0].exemplar.time_ms == 1500);
    REQUIRE(f.recorder.metadata.size() == 2);
    CHECK(f.recorder.metadata[0].name == "requests_total");
    CHECK(f.recorder.metadata[0].type == model::MetricType::counter);
    CHECK(f.recorder.metadata[0].help == "Requests.");
    CHECK(f.recorder.metadata[1].type == model::MetricType::histogram);
    CHECK(f.recorder.metadata[1].unit == "seconds");
}

TEST_CASE("the bytes of a series are the same whatever its symbols' places") {
    RemoteWriteMessageV2 one;
    one.series({{"__name__", "up"}, {"job", "a"}}, {{1000, 1}});
    RemoteWriteMessageV2 two;
    (void)two.ref("something else");
    (void)two.ref("a");
    two.series({{"__name__", "up"}, {"job", "a"}}, {{2000, 1}});
    ingest::prometheus::WriteRequestMapperV2 first;
    ingest::prometheus::WriteRequestMapperV2 second;
    ingest::WireBatch a;
    ingest::WireBatch b;
    const std::string one_bytes = one.bytes();
    const std::string two_bytes = two.bytes();
    REQUIRE(first.map(one_bytes, a).ok());
    REQUIRE(second.map(two_bytes, b).ok());
    CHECK(a.series[0].wire == b.series[0].wire);
    CHECK(model::Labels::is_canonical(a.series[0].wire));
}

TEST_CASE("metadata is handed on once, when it was stored, and again after an hour") {
    Fixture f;
    const auto send = [&](int64_t time_ms) {
        RemoteWriteMessageV2 message;
        for (const char* job : {"a", "b"})
            message.series({{"__name__", "metadata_once"}, {"job", job}}, {{time_ms, 1}},
                           [&](codec::ProtoWriter& fields) { fields.bytes(5, message.metadata(2, "Once.", "")); });
        return f.post(message.bytes()).status;
    };
    f.recorder.error = make_error(Code::exhausted, "full");
    CHECK(send(1'000) == 429);
    f.recorder.error.reset();
    CHECK(send(1'000) == 204);
    CHECK(f.recorder.metadata.size() == 1);
    CHECK(send(2'000) == 204);
    CHECK(f.recorder.metadata.size() == 1);
    CHECK(send(3'700'000) == 204);
    CHECK(f.recorder.metadata.size() == 2);
}

TEST_CASE("bad series are refused with 400, the others are stored") {
    using std::string_view_literals::operator""sv;
    for (const auto& [refs, reason] : {std::pair{"\1\2\3"sv, "invalid_reference"}, {"\1\x7f"sv, "invalid_reference"}}) {
        CAPTURE(reason);
        Fixture f;
        RemoteWriteMessageV2 message;
        message.series({{"__name__", "good"}}, {{1000, 1}});
        message.raw_series(std::string(refs), {{1000, 1}});
        message.series({{"__name__", "good"}, {"n", "2"}}, {{1000, 1}});
        const http::Response answer = f.post(message.bytes());
        CHECK(answer.status == 400);
        CHECK(written(answer) == "2 0 0 ");
        CHECK(f.recorder.rows.size() == 2);
        CHECK(f.refused(reason) == 1);
    }
    Fixture f;
    RemoteWriteMessageV2 message;
    message.series({{"__name__", "good"}}, {{1000, 1}});
    message.series({{"__name__", "empty"}}, {}, [&](codec::ProtoWriter& fields) {
        fields.bytes(4, message.exemplar({{"trace_id", "abc"}}, 0.5, 1500));
    });
    const http::Response answer = f.post(message.bytes());
    CHECK(answer.status == 400);
    CHECK(answer.body.find("empty") != std::string::npos);
    CHECK(written(answer) == "1 0 0 ");
    CHECK(f.refused("no_samples") == 1);
}

TEST_CASE("a bad exemplar refuses no sample") {
    Fixture f;
    RemoteWriteMessageV2 message;
    message.series({{"__name__", "good"}}, {{1000, 1}},
                   [&](codec::ProtoWriter& fields) { fields.bytes(4, "\x0a\x01\x7f"); });
    const http::Response answer = f.post(message.bytes());
    CHECK(answer.status == 204);
    CHECK(written(answer) == "1 0 0 ");
    CHECK(f.refused("invalid_exemplar") == 1);
}

TEST_CASE("what the writer refuses stands in the answer, the headers are always there") {
    Fixture f;
    RemoteWriteMessageV2 message;
    message.series({{"__name__", "good"}}, {{1000, 1}});
    f.recorder.error = make_error(Code::exhausted, "the queue is full");
    http::Response answer = f.post(message.bytes());
    CHECK(answer.status == 429);
    CHECK(written(answer) == "0 0 0 ");
    f.recorder.error.reset();
    f.recorder.outcome.rejected_samples = 1;
    f.recorder.outcome.rejected[static_cast<size_t>(ingest::Refusal::too_old)] = 1;
    answer = f.post(message.bytes());
    CHECK(answer.status == 400);
    CHECK(written(answer) == "1 0 0 ");
    answer = f.post("");
    CHECK(answer.status == 204);
    CHECK(written(answer) == "0 0 0 ");
}

TEST_CASE("requests that cannot be read are refused whole") {
    using std::string_literals::operator""s;
    RemoteWriteMessageV2 unsound;
    unsound.series({{"__name__", "a"}}, {}, [](codec::ProtoWriter& fields) { fields.bytes(2, "\x0b"); });
    for (const std::string& message :
         {"\x22\x01x"s, "\x2a\x05x"s, "\x22"s, "\x2a\x02\x0a\x05"s, "\x2a\x02\x0b\x01"s, unsound.bytes()}) {
        Fixture f;
        const http::Response answer = f.post(message);
        CHECK(answer.status == 400);
        CHECK(written(answer) == "0 0 0 ");
        CHECK(f.recorder.rows.empty());
        CHECK(f.refused("malformed") == 1);
    }
}

TEST_CASE("references that would write out more than they may are refused") {
    Fixture f;
    RemoteWriteMessageV2 message;
    (void)message.ref(std::string(60'000, 'x'));
    message.raw_series(std::string(20, '\1'), {{1000, 1}});
    message.series({{"__name__", "good"}}, {{1000, 1}});
    CHECK(f.post(message.bytes()).status == 400);
    CHECK(f.refused("too_large") == 1);
    CHECK(f.recorder.rows.size() == 1);
}

TEST_CASE("an unknown message is 415") {
    Fixture f;
    CHECK(f.post("", "application/x-protobuf;proto=io.prometheus.write.v3.Request").status == 415);
    CHECK(f.post("", "application/json").status == 415);
    CHECK(f.post("", "application/x-protobuf; proto=\"io.prometheus.write.v2.Request\"").status == 204);
}
