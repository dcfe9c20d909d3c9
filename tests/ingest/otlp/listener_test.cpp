#include "ingest/otlp/listener.h"

#include "base/json.h"
#include "codec/compress.h"
#include "ingest/otlp/json.h"
#include "support/otlp.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests::otlp;
using ingest::otlp::OtlpConfig;

namespace {

constexpr int64_t NOW_MS = 1'795'348'800'000;
constexpr uint64_t T = static_cast<uint64_t>(NOW_MS) * 1'000'000;
constexpr const char* PROTOBUF = "application/x-protobuf";

struct Fixture {
    ManualClock clock{NOW_MS};
    ingest::ReceiverStats stats{clock, "otlp_test", "OTLP", ""};
    tests::RecordingSink recorder;
    http::Router router;
    explicit Fixture(const OtlpConfig& config = {}) {
        ingest::otlp::register_routes(
            router, std::make_shared<ingest::otlp::MetricsReceiver>(clock, config, recorder.sink(), stats,
                                                                    codec::DecompressLimits{.bytes_max = 1 << 20}));
    }
    http::Response post(std::string body, const std::string& type = PROTOBUF, const std::string& encoding = "") {
        http::Request request;
        request.method = "POST";
        request.path = "/v1/metrics";
        request.headers["content-type"] = type;
        request.content_encoding = encoding;
        request.body = std::move(body);
        return router.find("POST", request.path).route->handler(request);
    }
    /// "name{labels} value" of every row, by name.
    std::vector<std::string> rows() const {
        std::vector<std::string> out;
        for (const auto& r : recorder.rows)
            out.push_back(fmt::format("{} {}", r.series, r.histogram ? "h" : fmt::format("{}", r.value)));
        return out;
    }
    const tests::RecordingSink::Row& row(std::string_view series, size_t nth = 0) const {
        for (const auto& r : recorder.rows)
            if (r.series == series && nth-- == 0) return r;
        FAIL("no row ", std::string(series));
        return recorder.rows.front();
    }
};

}  // namespace

TEST_CASE("resource, scope and attributes become labels, the resource target_info") {
    Fixture f;
    Message res = resource("shop", "i1");
    res.attribute(1, "service.namespace", "eu").attribute(1, "host.name", "h");
    const Message scope = Message().text(1, "my.meter").text(2, "1.0").attribute(3, "team", "x");
    const Message point = number(0, T, 5).attribute(7, "http.method", "GET").attribute(7, "empty", "");
    CHECK(f.post(request(res, {gauge("cpu.load", "1", {point})}, scope)).status == 200);
    CHECK(
        f.rows() ==
        std::vector<std::string>{
            R"(cpu_load_ratio{http_method="GET",instance="i1",job="eu/shop",otel_scope_name="my.meter",otel_scope_team="x",otel_scope_version="1.0"} 5)",
            R"(target_info{host_name="h",instance="i1",job="eu/shop"} 1)"});
    CHECK(f.recorder.rows[1].time_ms == NOW_MS);
    REQUIRE(f.recorder.metadata.size() == 1);
    CHECK(f.recorder.metadata[0].name == "cpu_load_ratio");
    CHECK(f.recorder.metadata[0].type == model::MetricType::gauge);
    // known metadata is not sent again on the same day
    CHECK(f.post(request(res, {gauge("cpu.load", "1", {point})}, scope)).status == 200);
    CHECK(f.recorder.metadata.size() == 1);
}

TEST_CASE("attributes of every type are text, those that share a name share the label") {
    Fixture f({.promote_resource_attributes = {"host.name"}, .promote_scope = false});
    const auto any = [](uint32_t field, const Message& value, std::string_view key) {
        return Message().text(1, key).add(2, value),
               Message().text(1, key).text(2, Message().text(field, value.bytes).bytes);
    };
    Message point = number(0, T, 1);
    point.add(7, Message().text(1, "b").add(2, Message().varint(2, 1)));
    point.add(7, Message().text(1, "i").add(2, Message().varint(3, static_cast<uint64_t>(-7))));
    point.add(7, Message().text(1, "d").add(2, Message().float64(4, 1.5)));
    point.add(7, any(5, Message().add(1, Message().text(1, "x")).add(1, Message().varint(3, 2)), "list"));
    point.add(7, any(6, Message().add(1, Message().text(1, "k").add(2, Message().varint(2, 0))), "map"));
    point.add(7, any(7, Message{"\xff\x01"}, "raw"));
    point.attribute(7, "a.b", "1").attribute(7, "a_b", "2").attribute(7, "__name__", "no");
    CHECK(
        f.post(request(resource("").attribute(1, "host.name", "h"), {gauge("g", "", {point})}, Message().text(1, "s")))
            .status == 200);
    CHECK(
        f.rows() ==
        std::vector<std::string>{
            R"(g{a_b="1;2",b="true",d="1.5",host_name="h",i="-7",list="[\"x\",2]",map="{\"k\":false}",raw="/wE="} 1)"});
}

TEST_CASE("sums are counters when monotonic, gauges otherwise, and carry their start time") {
    Fixture f;
    CHECK(f.post(request({}, {sum("orders", "{order}", CUMULATIVE, true, {number(T - 60 * SECOND_NS, T, 3)}),
                              sum("queue", "", CUMULATIVE, false, {number(T - 60 * SECOND_NS, T, -2)})}))
              .status == 200);
    CHECK(f.rows() == std::vector<std::string>{"orders_total 3", "queue -2"});
    CHECK(f.recorder.rows[0].start_ms == NOW_MS - 60'000);
    Message integer = Message().fixed64(3, T).fixed64(6, static_cast<uint64_t>(-5));
    CHECK(f.post(request({}, {gauge("i", "", {integer})})).status == 200);
    CHECK(f.recorder.rows.back().value == -5);
}

TEST_CASE("a histogram becomes buckets, sum and count, exemplars at their bucket") {
    Fixture f;
    const Message exemplar =
        Message().fixed64(2, T).float64(3, 0.7).text(4, "\x01\x02").text(5, std::string(16, '\xab'));
    Message point = Message().fixed64(2, T - SECOND_NS).fixed64(3, T).fixed64(4, 6).float64(5, 9.5);
    point.packed(6, {uint64_t{1}, uint64_t{2}, uint64_t{3}})
        .packed(7, {0.5, 1.0})
        .add(8, exemplar)
        .attribute(9, "k", "v");
    CHECK(f.post(request({}, {distribution(9, "lat", "s", CUMULATIVE, {point})})).status == 200);
    CHECK(f.rows() == std::vector<std::string>{R"(lat_seconds_bucket{k="v",le="0.5"} 1)",
                                               R"(lat_seconds_bucket{k="v",le="1"} 3)",
                                               R"(lat_seconds_bucket{k="v",le="+Inf"} 6)",
                                               R"(lat_seconds_sum{k="v"} 9.5)", R"(lat_seconds_count{k="v"} 6)"});
    REQUIRE(f.recorder.exemplars.size() == 1);
    CHECK(f.recorder.exemplars[0].series == R"(lat_seconds_bucket{k="v",le="1"})");
    CHECK(f.recorder.exemplars[0].exemplar.labels.get("trace_id") == "abababababababababababababababab");
    CHECK(f.recorder.exemplars[0].exemplar.labels.get("span_id") == "0102");
    Fixture native({.native_histograms = true});
    CHECK(native.post(request({}, {distribution(9, "lat", "s", CUMULATIVE, {point})})).status == 200);
    REQUIRE(native.recorder.rows.size() == 1);
    const model::Histogram& h = *native.row(R"(lat_seconds{k="v"})").histogram;
    CHECK(h.schema == model::Histogram::CUSTOM_BOUNDS);
    CHECK(h.custom_bounds == std::vector<double>{0.5, 1});
    CHECK(h.positive_buckets == std::vector<double>{1, 2, 3});
    CHECK(h.positive_spans == std::vector<model::Histogram::Span>{{0, 3}});
    CHECK(h.count == 6);
}

TEST_CASE("an exponential histogram becomes a native one, finer scales are downscaled") {
    Fixture f;
    Message buckets = Message().varint(1, zigzag(-1)).text(2, std::string("\x01\x00\x00\x00\x02", 5));
    Message point = Message()
                        .fixed64(3, T)
                        .fixed64(4, 5)
                        .float64(5, 10)
                        .varint(6, zigzag(0))
                        .fixed64(7, 2)
                        .add(8, buckets)
                        .float64(14, 0.001);
    CHECK(f.post(request({}, {distribution(10, "size", "By", CUMULATIVE, {point})})).status == 200);
    const model::Histogram& h = *f.row("size_bytes").histogram;
    CHECK(h.schema == 0);
    CHECK(h.zero_threshold == 0.001);
    CHECK(h.zero_count == 2);
    CHECK(h.positive_spans == std::vector<model::Histogram::Span>{{0, 1}, {3, 1}});
    CHECK(h.positive_buckets == std::vector<double>{1, 2});

    // scale 10: buckets 4..7 of 1 each are one bucket of scale 8: index (4..7) >> 2 = 1, its upper bound index 2
    Message fine = Message().varint(1, zigzag(4)).text(2, "\x01\x01\x01\x01");
    Message p10 = Message().fixed64(3, T + SECOND_NS).fixed64(4, 4).varint(6, zigzag(10)).add(9, fine);
    CHECK(f.post(request({}, {distribution(10, "fine", "", CUMULATIVE, {p10})})).status == 200);
    const model::Histogram& d = *f.row("fine").histogram;
    CHECK(d.schema == 8);
    CHECK(d.negative_spans == std::vector<model::Histogram::Span>{{2, 1}});
    CHECK(d.negative_buckets == std::vector<double>{4});
    CHECK(d.zero_threshold == ingest::otlp::DEFAULT_ZERO_THRESHOLD);
}

TEST_CASE("a summary has quantiles, and a point without recorded value ends its series") {
    Fixture f;
    Message point = Message()
                        .fixed64(3, T)
                        .fixed64(4, 10)
                        .float64(5, 55)
                        .add(6, Message().float64(1, 0.5).float64(2, 5))
                        .attribute(7, "k", "v");
    CHECK(f.post(request({}, {distribution(11, "s", "", CUMULATIVE, {point})})).status == 200);
    CHECK(f.rows() ==
          std::vector<std::string>{R"(s_sum{k="v"} 55)", R"(s_count{k="v"} 10)", R"(s{k="v",quantile="0.5"} 5)"});
    f.recorder.rows.clear();
    CHECK(f.post(request({}, {gauge("g", "", {Message().fixed64(3, T).varint(8, 1)}),
                              distribution(10, "e", "", CUMULATIVE, {Message().fixed64(3, T).varint(10, 1)}),
                              distribution(9, "h", "", CUMULATIVE,
                                           {Message().fixed64(3, T).varint(10, 1).packed(7, {1.0})})}))
              .status == 200);
    REQUIRE(f.recorder.rows.size() == 6);
    for (const auto& r : f.recorder.rows)
        CHECK(model::is_stale(r.histogram ? r.histogram->sum : r.value));
}

TEST_CASE("delta sums are added up from a zero, late ones refused, and a failed write counts nothing") {
    Fixture f;
    const auto at = [](uint64_t second, double v, uint64_t start) {
        return request({}, {sum("d", "", DELTA, true,
                                {number(T + start * SECOND_NS, T + second * SECOND_NS, v)
                                     .attribute(7, "a", "1")
                                     .attribute(7, "b", "2")})});
    };
    CHECK(f.post(at(10, 5, 0)).status == 200);
    REQUIRE(f.recorder.rows.size() == 2);
    CHECK(f.recorder.rows[0].value == 0);
    CHECK(f.recorder.rows[0].time_ms == NOW_MS + 1);
    CHECK(f.recorder.rows[1].value == 5);
    CHECK(f.recorder.rows[1].start_ms == NOW_MS + 1);
    f.recorder.error = Error{Code::unavailable, "disk"};
    CHECK(f.post(at(20, 7, 10)).status == 503);
    f.recorder.error.reset();
    CHECK(f.post(at(20, 7, 10)).status == 200);  // the same again
    CHECK(f.recorder.rows.back().value == 12);
    const auto repeated = f.post(at(20, 7, 10));
    CHECK(repeated.status == 400);
    CHECK(repeated.body.find("not newer") != std::string::npos);
    CHECK(f.recorder.rows.size() == 3);
    // the attributes in another order are the same stream
    CHECK(f.post(request({}, {sum("d", "", DELTA, true,
                                  {number(T + 20 * SECOND_NS, T + 30 * SECOND_NS, 1)
                                       .attribute(7, "b", "2")
                                       .attribute(7, "a", "1")})}))
              .status == 200);
    CHECK(f.recorder.rows.back().value == 13);
    // after a pause longer than otlp.delta_idle it begins anew
    f.clock.advance_ms(2 * 3'600'000);
    CHECK(f.post(at(7300, 4, 7200)).status == 200);
    CHECK(f.recorder.rows[f.recorder.rows.size() - 2].value == 0);
    CHECK(f.recorder.rows.back().value == 4);
}

TEST_CASE("delta histograms are added up, exponential ones on the coarser scale") {
    Fixture f;
    const auto explicit_point = [](uint64_t second, uint64_t a, uint64_t b) {
        return request({}, {distribution(9, "h", "", DELTA,
                                         {Message()
                                              .fixed64(2, T)
                                              .fixed64(3, T + second * SECOND_NS)
                                              .fixed64(4, a + b)
                                              .float64(5, 1)
                                              .packed(6, {a, b})
                                              .packed(7, {1.0})})});
    };
    CHECK(f.post(explicit_point(1, 1, 2)).status == 200);
    CHECK(f.post(explicit_point(2, 3, 4)).status == 200);
    CHECK(f.row(R"(h_bucket{le="1"})", 2).value == 4);
    CHECK(f.row("h_count", 0).value == 0);
    CHECK(f.row("h_count", 2).value == 10);
    const auto exponential = [](uint64_t second, int64_t scale, int64_t offset) {
        return request({}, {distribution(10, "e", "", DELTA,
                                         {Message()
                                              .fixed64(2, T)
                                              .fixed64(3, T + second * SECOND_NS)
                                              .fixed64(4, 2)
                                              .float64(5, 1)
                                              .varint(6, zigzag(scale))
                                              .add(8, Message().varint(1, zigzag(offset)).text(2, "\x01\x01"))})});
    };
    CHECK(f.post(exponential(1, 1, 2)).status == 200);  // indexes 2, 3 of scale 1 = index 1 of scale 0
    CHECK(f.post(exponential(2, 0, 1)).status == 200);  // indexes 1, 2
    const model::Histogram& h = *f.row("e", 2).histogram;
    CHECK(h.schema == 0);
    CHECK(h.positive_spans == std::vector<model::Histogram::Span>{{2, 2}});
    CHECK(h.positive_buckets == std::vector<double>{3, 1});
    CHECK(h.count == 4);
}

TEST_CASE("no more delta streams than allowed, and the answer says when to come again") {
    Fixture f({.delta_streams_max = 1});
    const auto one = [](const char* name) {
        return request({}, {sum(name, "", DELTA, true, {number(T, T + SECOND_NS, 1)})});
    };
    CHECK(f.post(one("a")).status == 200);
    const auto full = f.post(one("b"));
    CHECK(full.status == 429);
    CHECK(full.has_header("Retry-After"));
    CHECK(full.body.find("otlp.delta_streams_max") != std::string::npos);
}

TEST_CASE("refused points are told of, the others are stored") {
    Fixture f;
    const std::vector<Message> metrics = {
        gauge("good", "", {number(0, T, 1)}),
        gauge("", "", {number(0, T, 1)}),
        gauge("novalue", "", {Message().fixed64(3, T)}),
        sum("what", "", static_cast<Temporality>(0), true, {number(0, T, 1)}),
        distribution(9, "bad", "", CUMULATIVE,
                     {Message().fixed64(3, T).fixed64(4, 1).packed(6, {uint64_t{1}, uint64_t{0}})}),
        distribution(9, "bad", "", CUMULATIVE,
                     {Message()
                          .fixed64(3, T)
                          .fixed64(4, 1)
                          .packed(6, {uint64_t{1}, uint64_t{0}, uint64_t{0}})
                          .packed(7, {2.0, 1.0})}),
        distribution(10, "bad", "", CUMULATIVE, {Message().fixed64(3, T).varint(6, zigzag(-5))}),
    };
    const auto answer = f.post(request({}, metrics));
    CHECK(answer.status == 200);
    CHECK(answer.content_type == PROTOBUF);
    codec::ProtoReader response(answer.body);
    REQUIRE(response.next());
    codec::ProtoReader partial(response.bytes());
    REQUIRE(partial.next());
    CHECK(partial.uint64() == 6);
    REQUIRE(partial.next());
    CHECK(partial.bytes().find("6 of 7 data points refused") == 0);
    CHECK(f.rows() == std::vector<std::string>{"good 1"});
    for (const char* reason : {"no_name", "no_value", "temporality", "bad_histogram"}) {
        const auto snapshot = f.stats.snapshot();
        CHECK(std::any_of(snapshot.refusals.begin(), snapshot.refusals.end(),
                          [&](const auto& r) { return r.reason == reason; }));
    }
}

TEST_CASE("what cannot be read gets a google.rpc.Status in the request's type") {
    Fixture f;
    const auto malformed = f.post("\xff\xff");
    CHECK(malformed.status == 400);
    CHECK(malformed.content_type == PROTOBUF);
    codec::ProtoReader status(malformed.body);
    REQUIRE(status.next());
    CHECK(status.uint64() == 3);
    const auto json = f.post("{", "application/json; charset=utf-8");
    CHECK(json.status == 400);
    CHECK(json.content_type == "application/json");
    CHECK(JsonView::parse(json.body)->int_or("code", 0) == 3);
    CHECK(f.post("", "text/plain").status == 415);
    CHECK(f.post("", PROTOBUF, "br").status == 415);
    CHECK(f.post("x", PROTOBUF, "gzip").status == 400);
    CHECK(f.post(codec::compress(codec::Coding::gzip, std::string(2 << 20, 'x')), PROTOBUF, "gzip").status == 413);
    f.recorder.error = Error{Code::exhausted, "queue full"};
    const auto full = f.post(request({}, {gauge("g", "", {number(0, T, 1)})}));
    CHECK(full.status == 429);
    CHECK(full.has_header("Retry-After"));
    f.recorder.error.reset();
    CHECK(f.post("").status == 200);
    const std::string good = request({}, {gauge("g", "", {number(0, T, 1)})});
    for (const auto coding : {codec::Coding::gzip, codec::Coding::zstd, codec::Coding::deflate})
        CHECK(f.post(codec::compress(coding, good), PROTOBUF, std::string(codec::to_string(coding))).status == 200);
}

TEST_CASE("JSON means the same as protobuf") {
    Fixture f;
    const auto answer = f.post(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
      {"name":"g","gauge":{"dataPoints":[{"asInt":"-3","timeUnixNano":"1795348800000000000","attributes":[
        {"key":"s","value":{"stringValue":"a\"\u00e4\ud83d\ude00"}},{"key":"i","value":{"intValue":"9007199254740993"}},
        {"key":"n","value":{"intValue":5}},{"key":"b","value":{"bytesValue":"/wE="}},{"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"boolValue":true}}]}}}]}]}},
      {"name":"c","unit":"s","sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","isMonotonic":true,"dataPoints":[
        {"asDouble":1.5e1,"time_unix_nano":1795348800000000000,"unknown":{"a":[1,null,"x"]},
         "exemplars":[{"timeUnixNano":"1795348800000000000","asDouble":2,"spanId":"EEE19b7ec3c1b174","traceId":"5B8EFFF798038103D269B633813FC60C"}]}]}},
      {"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"3","sum":"NaN","bucketCounts":["1","2"],"explicitBounds":[0.5],"timeUnixNano":"1795348800000000000"}]}},
      {"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"count":3,"sum":1,"scale":-1,"zeroCount":"1","positive":{"offset":-2,"bucketCounts":["1","1"]},"timeUnixNano":"1795348800000000000"}]}}
    ]}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"late"}}]}}]})",
                               "application/json");
    CHECK(answer.status == 200);
    CHECK(answer.body == "{}");
    CHECK(f.rows() ==
          std::vector<std::string>{
              "g{b=\"/wE=\",i=\"9007199254740993\",job=\"late\",m=\"{\\\"k\\\":true}\",n=\"5\",s=\"a\\\"ä😀\"} -3",
              "c_seconds_total{job=\"late\"} 15", "h_bucket{job=\"late\",le=\"0.5\"} 1",
              "h_bucket{job=\"late\",le=\"+Inf\"} 3", "h_sum{job=\"late\"} nan", "h_count{job=\"late\"} 3",
              "e{job=\"late\"} h"});
    REQUIRE(f.recorder.exemplars.size() == 1);
    CHECK(f.recorder.exemplars[0].exemplar.labels.get("trace_id") == "5b8efff798038103d269b633813fc60c");
    CHECK(f.row("e{job=\"late\"}").histogram->schema == -1);
    const auto partial = f.post(
        R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"ok","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":1795348800000000000},{"timeUnixNano":"1795348800000000000"}]}}]}]}]})",
        "application/json");
    const auto parsed = *JsonView::parse(partial.body);
    CHECK(parsed.get("partialSuccess").string_or("rejectedDataPoints", "") == "1");
}

TEST_CASE("bad JSON names the place") {
    std::string out;
    const auto problem = [&](std::string_view json) {
        const Status s = ingest::otlp::json_to_protobuf(json, ingest::otlp::export_metrics_request(), out);
        return s.ok() ? std::string() : s.error().message;
    };
    CHECK(
        problem(
            R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":"x"}]}}]}]}]})") ==
        "resourceMetrics.scopeMetrics.metrics.gauge.dataPoints.timeUnixNano: an integer was expected");
    CHECK(problem("").find("an object was expected") != std::string::npos);
    CHECK(problem("[]").find("an object was expected") != std::string::npos);
    CHECK(problem("{} x").find("something behind") != std::string::npos);
    CHECK(problem(R"({"resourceMetrics":{}})").find("an array was expected") != std::string::npos);
    CHECK(
        problem(
            R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"dataPoints":[{"exemplars":[{"traceId":"zz"}]}]}}]}]}]})")
            .find("hex") != std::string::npos);
    CHECK(problem("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}").find("nested") != std::string::npos);
    CHECK(problem(R"({"a":"\q"})").find("escape") != std::string::npos);
    CHECK(problem(R"({"resourceMetrics":null,"x":{"y":[true,false,null,-1.5e3,"z"]}})").empty());
}
