#include "ingest/monasca/listener.h"

#include "base/json.h"
#include "codec/log_record.h"
#include "ingest/metric/sample_check.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

struct Fixture {
    ManualClock clock{1'795'348'800'000};
    ingest::ReceiverStats metric_stats{clock, "monasca_test", "Monasca", ""};
    ingest::ReceiverStats log_stats{clock, "monasca_logs_test", "Monasca logs", ""};
    ingest::ReceiverStats event_stats{clock, "monasca_events_test", "Monasca events", ""};
    tests::RecordingSink recorder;
    std::vector<std::string> logs;
    std::vector<std::string> events;
    Status topics_answer;
    http::Router router;
    std::map<std::string, std::string, std::less<>> headers{{"content-type", "application/json"}};
    http::Identity identity;
    explicit Fixture(ingest::monasca::MonascaConfig config = {}) {
        const auto into = [this](std::vector<std::string>& topic) {
            return [this, &topic](std::vector<std::string> records) -> Status {
                if (topics_answer.ok()) topic.insert(topic.end(), records.begin(), records.end());
                return topics_answer;
            };
        };
        ingest::monasca::register_routes(router, {.clock = clock,
                                                  .config = config,
                                                  .metrics = recorder.sink(),
                                                  .logs = into(logs),
                                                  .events = into(events),
                                                  .metric_stats = metric_stats,
                                                  .log_stats = log_stats,
                                                  .event_stats = event_stats});
    }

    http::Response post(const std::string& path, std::string body, const std::string& query = "") {
        http::Request request;
        request.method = "POST";
        request.path = "/monasca" + path;
        request.body = std::move(body);
        request.headers = headers;
        request.identity = identity;
        if (!query.empty()) request.query.add("tenant_id", query);
        return router.find("POST", request.path).route->handler(request);
    }
    http::Response metrics(std::string body) { return post("/v2.0/metrics", std::move(body)); }
};

std::string description_of(const http::Response& response) {
    return JsonView::parse(response.body)->string_or("description", "");
}

std::string metric(const std::string& members) {
    return R"({"name":"m","timestamp":1795348800000,"value":1)" + members + "}";
}

}  // namespace

TEST_CASE("Monasca: an object or an array, whole or fractional milliseconds") {
    Fixture f;
    CHECK(f.metrics(R"({"name":"cpu.idle_perc","dimensions":{"hostname":"a b","é":"\ud83d\ude00"},
                        "timestamp":1795348800123.9,"value":-1.5e1,"unknown":[{"x":null}]})")
              .status == 204);
    CHECK(f.post("/v2.0/metrics/", R"([{"timestamp":1795348800000,"value":1,"name":"温度"},
                                       {"name":"b","dimensions":null,"timestamp":1,"value":0}])")
              .status == 204);
    CHECK(f.metrics("[]").status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(cpu.idle_perc{hostname="a b",é="😀"})");
    CHECK(f.recorder.rows[0].time_ms == 1'795'348'800'123);
    CHECK(f.recorder.rows[0].value == -15);
    CHECK(f.recorder.rows[1].series == "温度");
    CHECK(f.recorder.rows[2].tenant == "default");
    CHECK(f.metric_stats.snapshot().records_total == 3);
}

TEST_CASE("Monasca: a dimension that comes twice has its last value") {
    Fixture f;
    CHECK(f.metrics(metric(R"(,"dimensions":{"a":"1","b":"2","a":"3"})")).status == 204);
    CHECK(f.recorder.rows.at(0).series == R"(m{a="3",b="2"})");
}

TEST_CASE("Monasca: value_meta becomes an exemplar at the value's time") {
    Fixture f;
    const std::string long_text(1'990, 'x');
    CHECK(f.metrics(metric(R"(,"value_meta":{"msg":"a\"b", "empty":"" })")).status == 204);
    CHECK(f.metrics(metric(R"(,"value_meta":{"msg":")" + long_text + R"("})")).status == 204);
    CHECK(f.metrics(metric(R"(,"value_meta":{})")).status == 204);
    REQUIRE(f.recorder.exemplars.size() == 2);
    CHECK(f.recorder.exemplars[0].exemplar.labels.get("value_meta") == R"({"empty":"","msg":"a\"b"})");
    CHECK(f.recorder.exemplars[0].exemplar.time_ms == 1'795'348'800'000);
    CHECK(ingest::check_exemplar(f.recorder.exemplars[1].exemplar) == "");
}

TEST_CASE("Monasca: limits are 422 and refuse the whole array") {
    const std::string text255(255, 'x');
    const std::string text256(256, 'x');
    std::string metas;
    for (int i = 0; i < 17; i++)
        metas += fmt::format(R"({}"k{}":"v")", i > 0 ? "," : "", i);
    for (const std::string& bad : {
             std::string("7"),
             std::string("{}"),
             R"({"name":"m","value":1})" + std::string(),
             std::string(R"({"name":"m","timestamp":1})"),
             std::string(R"({"timestamp":1,"value":1})"),
             std::string(R"({"name":7,"timestamp":1,"value":1})"),
             std::string(R"({"name":"","timestamp":1,"value":1})"),
             std::string(R"({"name":"a b","timestamp":1,"value":1})"),
             std::string(R"({"name":"a(","timestamp":1,"value":1})"),
             R"({"name":")" + text256 + R"(","timestamp":1,"value":1})",
             std::string(R"({"name":"m","timestamp":"1","value":1})"),
             std::string(R"({"name":"m","timestamp":-1,"value":1})"),
             std::string(R"({"name":"m","timestamp":1e300,"value":1})"),
             std::string(R"({"name":"m","timestamp":1,"value":"1"})"),
             std::string(R"({"name":"m","timestamp":1,"value":NaN})"),
             std::string(R"({"name":"m","timestamp":1,"value":1e999})"),
             std::string(R"({"name":"m","timestamp":1,"value":true})"),
             metric(R"(,"dimensions":[])"),
             metric(R"(,"dimensions":{"a":1})"),
             metric(R"(,"dimensions":{"_a":"b"})"),
             metric(R"(,"dimensions":{"a":""})"),
             metric(R"(,"dimensions":{"":"a"})"),
             metric(R"(,"dimensions":{"a":"<"})"),
             metric(R"(,"dimensions":{"a&":"b"})"),
             metric(R"(,"dimensions":{"a":")" + text256 + R"("})"),
             metric(R"(,"value_meta":7)"),
             metric(R"(,"value_meta":{"":"x"})"),
             metric(R"(,"value_meta":{)" + metas + "}"),
             metric(R"(,"value_meta":{"k":")" + std::string(2'048, 'x') + R"("})"),
         }) {
        CAPTURE(bad);
        Fixture f;
        CHECK(f.metrics("[" + metric("") + "," + bad + "]").status == 422);
        CHECK(f.recorder.writes == 0);
        CHECK(f.metric_stats.snapshot().refused_total == 1);
    }
    Fixture f;
    CHECK(f.metrics(R"({"name":")" + text255 + R"(","timestamp":1,"value":1,"dimensions":{"a":"(|)'"}})").status ==
          204);
    CHECK(description_of(f.metrics("[" + metric("") + ",{}]")).find("metric 1: name is missing") == 0);
}

TEST_CASE("Monasca: what is no JSON, or not said to be, is 400") {
    for (const char* bad :
         {"", "[", "{", "nul", "[", R"({"name":"m")", R"({"name":"m","timestamp":1,"value":1}x)", R"([{"name":"\x"}])",
          R"([{"name":"m","timestamp":1,"value":1})", R"({"name":"m","timestamp":01,"value":1})",
          R"({"name":"m","timestamp":1.,"value":1})", R"({"name":"m","timestamp":1,"value":-})",
          R"({"name":"m","timestamp":1,"value":Nope})", "{\"name\":\"\xff\",\"timestamp\":1,\"value\":1}"}) {
        CAPTURE(bad);
        Fixture f;
        CHECK(f.metrics(bad).status == 400);
        CHECK(f.recorder.writes == 0);
    }
    Fixture f;
    CHECK(f.metrics(std::string(100'000, '[')).status == 400);
    f.headers["content-type"] = "text/plain";
    CHECK(f.metrics(metric("")).status == 400);
    f.headers.clear();
    CHECK(f.metrics(metric("")).status == 400);
    f.headers["content-type"] = "application/json; charset=UTF-8";
    CHECK(f.metrics(metric("")).status == 204);
}

TEST_CASE("Monasca: a large array is judged whole before the first batch is written") {
    std::string body = "[";
    for (int i = 0; i < 25'000; i++)
        body += fmt::format(R"({}{{"name":"m","timestamp":{},"value":{}}})", i > 0 ? "," : "", 1'000'000 + i, i);
    Fixture f;
    CHECK(f.metrics(body + ",{}]").status == 422);
    CHECK(f.recorder.writes == 0);
    CHECK(f.metrics(body + "]").status == 204);
    CHECK(f.recorder.writes == 3);
    CHECK(f.recorder.rows.size() == 25'000);
    CHECK(f.recorder.rows.back().value == 24'999);
}

TEST_CASE("Monasca: tenant_id is for delegates") {
    Fixture f;
    f.identity.tenant = "p1";
    f.identity.tenant_bound = true;
    CHECK(f.post("/v2.0/metrics", metric(""), "p2").status == 401);
    CHECK(f.post("/v2.0/metrics", metric(""), "p1").status == 204);
    f.identity.tenant_bound = false;
    CHECK(f.post("/v2.0/metrics", metric(""), "p2").status == 204);
    CHECK(f.recorder.rows.at(0).tenant == "p1");
    CHECK(f.recorder.rows.at(1).tenant == "p2");
}

TEST_CASE("Monasca: the writer's refusals keep their meaning") {
    Fixture f;
    f.recorder.error = make_error(Code::exhausted, "full");
    CHECK(f.metrics(metric("")).status == 429);
    f.recorder.error = make_error(Code::unavailable, "closing");
    const http::Response answer = f.metrics(metric(""));
    CHECK(answer.status == 503);
    CHECK(answer.has_header("Retry-After"));
    CHECK(description_of(answer) == "closing");
    f.recorder.error.reset();
    f.recorder.outcome.rejected_samples = 1;
    f.recorder.outcome.rejected[static_cast<size_t>(ingest::Refusal::too_old)] = 1;
    CHECK(f.metrics(metric("")).status == 422);
}

TEST_CASE("Monasca logs: dimensions of a line win, levels are found") {
    Fixture f;
    CHECK(f.post("/v3.0/logs", R"({"dimensions":{"hostname":"a","x":"1"},"logs":[{"message":"2026 ERROR no disk"},
             {"message":"WARNING: slow","dimensions":{"x":"2"}},{"message":"an ERRORS_x of nobody"}]})")
              .status == 204);
    REQUIRE(f.logs.size() == 1);
    const model::LogBatch batch = *codec::decode_log_batch(f.logs[0]);
    REQUIRE(batch.streams.size() == 2);
    CHECK(batch.tenant == "default");
    CHECK(batch.streams[0].attributes == model::Dimensions{{"hostname", "a"}, {"x", "1"}});
    CHECK(batch.streams[0].records.at(0).severity == model::LogSeverity::error);
    CHECK(batch.streams[0].records.at(1).severity == model::LogSeverity::unknown);
    CHECK(batch.streams[0].records.at(1).time_ns == 1'795'348'800'000'000'002);
    CHECK(batch.streams[1].attributes == model::Dimensions{{"hostname", "a"}, {"x", "2"}});
    CHECK(batch.streams[1].records.at(0).severity == model::LogSeverity::warn);
    CHECK(f.log_stats.snapshot().records_total == 3);
    CHECK(f.recorder.writes == 0);
}

TEST_CASE("Monasca logs: bad ones are refused whole") {
    Fixture f({.log_bytes_max = 200});
    CHECK(f.post("/v2.0/logs", "{").status == 400);
    CHECK(f.post("/v2.0/logs", "{}").status == 422);
    CHECK(f.post("/v2.0/logs", R"({"logs":[{"x":1}]})").status == 422);
    CHECK(f.post("/v2.0/logs", R"({"logs":[{"message":"a","dimensions":{"a b":"x"}}]})").status == 422);
    CHECK(f.post("/v2.0/logs", R"({"dimensions":{"_a":"x"},"logs":[]})").status == 422);
    CHECK(f.post("/v2.0/logs", std::string(201, ' ')).status == 413);
    CHECK(f.post("/v2.0/logs", R"({"logs":[]})").status == 204);
    f.headers["content-type"] = "text/plain";
    CHECK(f.post("/v2.0/logs", R"({"logs":[]})").status == 415);
    CHECK(f.logs.empty());
    f.headers["content-type"] = "application/json";
    f.topics_answer = make_error(Code::exhausted, "full");
    CHECK(f.post("/v2.0/logs", R"({"logs":[{"message":"a"}]})").status == 429);
}

TEST_CASE("Monasca logs: one line by the old path") {
    Fixture f;
    f.headers = {{"content-type", "text/plain"}, {"x-application-type", "apache"}, {"x-dimensions", "a:b, c:d:e"}};
    CHECK(f.post("/v2.0/log/single", "GET / 200").status == 204);
    const model::LogBatch batch = *codec::decode_log_batch(f.logs.at(0));
    CHECK(batch.streams.at(0).attributes ==
          model::Dimensions{{"a", "b"}, {"application_type", "apache"}, {"c", "d:e"}});
    CHECK(batch.streams.at(0).records.at(0).body == "GET / 200");
    f.headers["x-dimensions"] = "a";
    CHECK(f.post("/v2.0/log/single", "x").status == 422);
    f.headers["content-type"] = "image/png";
    CHECK(f.post("/v2.0/log/single", "x").status == 415);
}

TEST_CASE("Monasca logs: levels become metrics where asked for") {
    Fixture f({.log_metrics = true});
    CHECK(f.post("/v3.0/logs", R"({"dimensions":{"service":"s"},"logs":[{"message":"ERROR a"},{"message":"FATAL b"},
             {"message":"INFO c"},{"message":"WARN d"}]})")
              .status == 204);
    REQUIRE(f.recorder.rows.size() == 3);
    CHECK(f.recorder.rows[0].series == R"(log.warn{service="s"})");
    CHECK(f.recorder.rows[1].series == R"(log.error{service="s"})");
    CHECK(f.recorder.rows[2].time_ms == f.recorder.rows[1].time_ms + 1);
    CHECK(f.recorder.rows[2].value == 1);
}

TEST_CASE("Monasca events: a record each") {
    Fixture f;
    CHECK(f.post("/v1.0/events", R"({"timestamp":"t","events":[{"a":1},{"b":[2]}]})").status == 200);
    CHECK(f.post("/v1.0/events", R"({"timestamp":"t","events":{"c":3}})").status == 200);
    REQUIRE(f.events.size() == 3);
    CHECK(
        f.events[1] ==
        R"({"v":1,"tenant":"default","event":{"b":[2]},"creation_time":"t","received_ms":1795348800000,"meta":{"project_id":"default"}})");
    for (const char* bad :
         {"[]", "{}", R"({"timestamp":1,"events":[{}]})", R"({"timestamp":"t","events":[]})",
          R"({"timestamp":"t","events":{}})", R"({"timestamp":"t","events":[1]})", R"({"events":[{"a":1}]})"})
        CHECK(f.post("/v1.0/events", bad).status == 422);
    CHECK(f.post("/v1.0/events", "x").status == 400);
    f.headers["content-type"] = "text/plain";
    CHECK(f.post("/v1.0/events", "{}").status == 415);
    f.headers.clear();
    CHECK(f.post("/v1.0/events", "{}").status == 400);
    CHECK(f.events.size() == 3);
}
