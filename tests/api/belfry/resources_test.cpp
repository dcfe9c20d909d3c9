#include "api/belfry/belfry_fixture.h"
#include "api/belfry/status.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;

namespace {

api::StatusFacts some_facts() {
    return {.receivers = {{.id = "prometheus_write",
                           .title = "Prometheus write",
                           .listens_on = "127.0.0.1:2353",
                           .records_total = 100,
                           .bytes_total = 1000,
                           .per_s = 3.14,
                           .senders = 2,
                           .refused_total = 4,
                           .refused_last_hour = 4,
                           .history = {1, 2},
                           .last_ms = 7,
                           .last_refusal = api::RefusalFacts{.receiver = "prometheus_write",
                                                             .reason = "too_old",
                                                             .total = 4,
                                                             .last_ms = 6,
                                                             .message = "m",
                                                             .sample = "secret{x}"}}},
            .refusals = {{.receiver = "prometheus_write",
                          .reason = "too_old",
                          .total = 4,
                          .last_ms = 6,
                          .message = "m",
                          .sample = "secret{x}"}},
            .log = {.oldest_waiting_ms = 3,
                    .bytes = 500,
                    .appended_bytes_total = 400,
                    .syncs_total = 10,
                    .sync_p50_ms = 1,
                    .sync_p99_ms = 2},
            .consumers = {{.id = "metric_store",
                           .title = "metric store",
                           .topic = "metrics",
                           .position = 90,
                           .end = 100,
                           .lag_ms = 12}},
            .read_from_memory_total = 3,
            .read_from_disk_total = 1,
            .stores = {{.id = "metric",
                        .title = "Metrics",
                        .bytes = 700,
                        .bytes_per_day = 100.0,
                        .kept = "90d",
                        .files = 2,
                        .series = 5,
                        .samples = 1000}},
            .disk = {.total_bytes = 2000, .free_bytes = 1000, .belfry_bytes = 1200},
            .memory = {.rss_bytes = 50, .parts = {{"head", 20}}},
            .work = {{.title = "Fold", .done_ratio = 0.5, .left_ms = 8000}},
            .limits = {{.key = "metric.max_series", .value = 100, .used = 5, .unit = "series"}}};
}

}  // namespace

TEST_CASE("status has every part that the page shows") {
    BelfryFixture f;
    f.status.now = some_facts();
    const JsonView json = BelfryFixture::json(f.call("GET", "/api/v1/belfry/status"));
    CHECK(json.int_or("now_ms", 0) == BELFRY_NOW_MS);
    CHECK(json.get("judgement").string_or("state", "") == "warn");
    const JsonView pipeline = json.get("pipeline");
    CHECK(pipeline.get("received").int_or("senders", 0) == 2);
    CHECK(pipeline.get("received").int_or("refused_last_hour", 0) == 4);
    CHECK(pipeline.get("received").get("history").size() == 60);
    CHECK(pipeline.get("log").double_or("sync_p99_ms", 0) == 2);
    CHECK(pipeline.get("consumers").int_or("behind_records", 0) == 10);
    CHECK(pipeline.get("consumers").int_or("keep_up", 0) == 1);
    CHECK(pipeline.get("consumers").double_or("from_memory_ratio", 0) == 0.75);
    CHECK(pipeline.get("stores").double_or("bytes_per_sample", 0) == 0.7);
    CHECK(pipeline.get("stores").double_or("days_to_full", 0) == 10);
    CHECK(pipeline.get("alarms").is_null());
    CHECK(json.get("receivers").at(0).double_or("per_s", 0) == 3.1);
    CHECK(json.get("receivers").at(0).get("last_refusal").string_or("sample", "") == "secret{x}");
    CHECK(json.get("refusals").at(0).string_or("reason", "") == "too_old");
    CHECK(json.get("consumers").at(0).string_or("state", "") == "in_step");
    CHECK(json.get("consumers").at(0).int_or("behind", 0) == 10);
    CHECK(json.get("stores").at(0).string_or("kept", "") == "90d");
    CHECK(json.get("disk").string_or("guard", "") == "ok");
    CHECK(json.get("memory").get("limit_bytes").is_null());
    CHECK(json.get("work").at(0).int_or("left_ms", 0) == 8000);
    CHECK(json.get("limits").at(0).double_or("used", 0) == 5);
    CHECK(json.get("config").at(0).string_or("key", "") == "server.listen");
    CHECK(json.get("own_log").is_array());
}

TEST_CASE("a key of one tenant sees numbers, but no sample of others, no log and no configuration") {
    BelfryFixture f;
    f.status.now = some_facts();
    http::Request request;
    request.identity = {.role = http::Role::read, .user = "key:x", .tenant = "team", .tenant_bound = true};
    for (const char* path : {"/api/v1/belfry/status", "/api/v1/belfry/receivers"}) {
        const http::Response response = f.call("GET", path, request);
        CHECK(response.body.find("secret") == std::string::npos);
        CHECK(response.body.find("server.listen") == std::string::npos);
    }
    CHECK(BelfryFixture::json(f.call("GET", "/api/v1/belfry/status", request)).get("own_log").size() == 0);
    CHECK(f.call("GET", "/api/v1/belfry/frame", request).body.find("\"tenants\":[\"team\"]") != std::string::npos);
}

TEST_CASE("the judgement is the worst that is true") {
    api::StatusFacts facts;
    CHECK(judge(facts).state == "ok");
    facts.receivers = {{.refused_last_hour = 3}};
    CHECK(judge(facts).sentence.find("3 records were refused") != std::string::npos);
    facts.consumers = {{.title = "metric store", .lag_ms = 60'000}};
    CHECK(judge(facts).sentence == "Everything accepted is safe; the metric store is 60 s behind.");
    facts.disk.guard = api::DiskGuard::low;
    CHECK(judge(facts).state == "warn");
    facts.disk.guard = api::DiskGuard::full;
    CHECK(judge(facts).state == "error");
    facts.consumers[0].state = api::ConsumerState::stopped;
    facts.consumers[0].error = "bad crc";
    CHECK(judge(facts).sentence == "The metric store has stopped: bad crc.");
}

TEST_CASE("rates come from totals, and a restarted or shrunk one gives no negative rate") {
    api::PipelineHistory history;
    api::StatusFacts facts = some_facts();
    CHECK(history.received().per_s == 0);
    CHECK(std::isnan(history.received().history.back()));
    for (int64_t second = 0; second < 100; ++second) {
        facts.receivers[0].records_total = static_cast<uint64_t>(second) * 10;
        facts.stores[0].bytes = 1000 - static_cast<uint64_t>(second);
        history.sample(facts, BELFRY_NOW_MS + second * 1000);
    }
    CHECK(history.received().per_s == 10);
    CHECK(history.received().history.size() == 60);
    CHECK(history.received().history.front() == 10);
    CHECK(history.store_bytes().per_s == 0);
    CHECK(history.behind().back() == 10);
    history.sample(facts, BELFRY_NOW_MS);  // the clock was set back
    CHECK(history.received().per_s == 10);
}

TEST_CASE("the frame says how old the oldest record is that is not stored") {
    BelfryFixture f;
    f.status.now = some_facts();
    f.demo.running = true;
    const JsonView json = BelfryFixture::json(f.call("GET", "/api/v1/belfry/frame"));
    CHECK(json.string_or("node", "") == "tower-1");
    CHECK(json.int_or("queue_age_ms", 0) == 12);
    CHECK(json.int_or("stored_to_ms", 0) == BELFRY_NOW_MS - 12);
    CHECK(json.get("tenants").at(0).as_string() == "default");
    CHECK(json.bool_or("demo", false));
}

TEST_CASE("the live page of the host asks for ten minutes at most and shows gaps as null") {
    BelfryFixture f;
    http::Request request = BelfryFixture::admin_request();
    request.query.add("since_ms", "5");
    const http::Response response = f.call("GET", "/api/v1/belfry/host/live", request);
    CHECK(f.host.asked_since_ms == BELFRY_NOW_MS - 600'000);
    CHECK(response.body.find("\"values\":[0.5,null]") != std::string::npos);
    CHECK(BelfryFixture::json(response).get("processes").get("by_cpu").at(0).string_or("name", "") == "init");
    http::Request bad = BelfryFixture::admin_request();
    bad.query.add("since_ms", "yesterday");
    CHECK(f.call("GET", "/api/v1/belfry/host/live", bad).status == 400);
}

TEST_CASE("a key is made, shown once, listed without its secret, and revoked") {
    BelfryFixture f;
    const http::Response made =
        f.call("POST", "/api/v1/belfry/keys", BelfryFixture::admin_request(R"({"name":"agent","scope":"ingest"})"));
    REQUIRE(made.status == 200);
    const std::string id = BelfryFixture::json(made).string_or("id", "");
    const std::string key = BelfryFixture::json(made).string_or("key", "");
    CHECK(key.starts_with("bf_i_"));
    const http::Response list = f.call("GET", "/api/v1/belfry/keys");
    CHECK(list.body.find(id) != std::string::npos);
    CHECK(list.body.find(key.substr(key.rfind('_') + 1)) == std::string::npos);
    CHECK(list.body.find(catalog::to_hex(catalog::digest(key))) == std::string::npos);
    CHECK(f.call("DELETE", "/api/v1/belfry/keys/" + id).status == 204);
    CHECK(f.call("DELETE", "/api/v1/belfry/keys/" + id).status == 404);
    for (const char* bad :
         {"", "{}", R"({"name":"x"})", R"({"name":"x","scope":"root"})", R"({"name":"","scope":"read"})",
          R"({"name":"x","scope":"read","expires_ms":"soon"})", R"({"name":"x","scope":"read","expires_ms":1})"}) {
        CAPTURE(bad);
        CHECK(f.call("POST", "/api/v1/belfry/keys", BelfryFixture::admin_request(bad)).status == 400);
    }
}

TEST_CASE("the demo starts, shows and ends; what it cannot do is an error") {
    BelfryFixture f;
    CHECK(f.call("GET", "/api/v1/belfry/demo").body == R"({"running":false,"series":0,"since_ms":null})");
    CHECK(f.call("POST", "/api/v1/belfry/demo").body == R"({"running":true,"series":7,"since_ms":5})");
    CHECK(BelfryFixture::json(f.call("DELETE", "/api/v1/belfry/demo")).bool_or("running", true) == false);
    f.demo.fail = true;
    CHECK(f.call("POST", "/api/v1/belfry/demo").status == 422);
}
