#include "api/belfry/belfry_fixture.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::tests;
using model::AlarmState;
using Kind = model::AlarmEvent::Kind;

namespace {

constexpr const char* ALARMS = "/api/v1/belfry/alarms";

struct Fixture : BelfryFixture {
    void tell(Kind kind,
              const std::string& id,
              AlarmState state,
              std::string reason = "",
              AlarmState old = AlarmState::undetermined,
              model::Severity severity = model::Severity::low) {
        model::AlarmEvent event{.kind = kind, .id = "e" + std::to_string(clock.now_ms()), .at_ms = clock.now_ms()};
        event.old_state = old;
        event.alarm = {.id = id,
                       .definition_id = definition_id,
                       .name = "cpu busy",
                       .severity = severity,
                       .labels = {{"host", id}},
                       .metrics = {{"cpu", {{"host", id}}}},
                       .state = state,
                       .reason = std::move(reason),
                       .value = 91.5,
                       .state_updated_ms = clock.now_ms(),
                       .created_ms = clock.now_ms(),
                       .updated_ms = clock.now_ms()};
        REQUIRE(alarm_log.submit({.origin = "threshold", .covered = 0, .events = {event}}).ok());
    }
    JsonView get(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {}) {
        http::Request request = admin_request();
        for (auto& [name, value] : query)
            request.query.add(name, value);
        const http::Response response = call("GET", path, request);
        CAPTURE(response.body);
        REQUIRE(response.status == 200);
        return json(response);
    }
    int status(const std::string& method, const std::string& path, const std::string& body = "") {
        return call(method, path, admin_request(body)).status;
    }
    std::string definition_id = "d1";
};

std::string ids(const JsonView& list) {
    std::string out;
    for (size_t i = 0; i < list.get("alarms").size(); ++i)
        out += list.get("alarms").at(i).string_or("id", "") + " ";
    return out;
}

}  // namespace

TEST_CASE("the list has the worst first, exact counts, filters, sorting and pages") {
    Fixture f;
    f.tell(Kind::created, "web-1", AlarmState::ok);
    f.tell(Kind::created, "web-2", AlarmState::alarm, "hot", AlarmState::ok, model::Severity::high);
    f.tell(Kind::created, "db-1", AlarmState::undetermined);
    f.tell(Kind::created, "db-2", AlarmState::alarm, "hot", AlarmState::ok, model::Severity::critical);
    JsonView list = f.get(ALARMS);
    CHECK(ids(list) == "db-2 web-2 db-1 web-1 ");
    CHECK(list.get("counts").dump() == R"({"ALARM":2,"OK":1,"UNDETERMINED":1})");
    CHECK(list.int_or("total", 0) == 4);
    CHECK(list.int_or("version", -1) == 4);
    const JsonView alarm = list.get("alarms").at(0);
    for (const char* name : {"id",          "source",       "definition_id",   "name",
                             "description", "severity",     "labels",          "annotations",
                             "state",       "reason",       "value",           "since_ms",
                             "created_ms",  "updated_ms",   "actions_enabled", "lifecycle_state",
                             "link",        "acknowledged", "muted_until_ms",  "silenced_by"}) {
        CAPTURE(name);
        CHECK(alarm.has(name));
    }
    CHECK(alarm.double_or("value", 0) == 91.5);
    CHECK(alarm.get("acknowledged").is_null());

    list = f.get(ALARMS, {{"state", "ALARM"}, {"limit", "1"}, {"offset", "1"}});
    CHECK(ids(list) == "web-2 ");
    CHECK(list.int_or("total", 0) == 2);
    CHECK(list.get("counts").int_or("OK", 0) == 1);  // of all states, so that they can be offered
    CHECK(ids(f.get(ALARMS, {{"state", "ok,undetermined"}, {"sort", "name,-since"}})) == "db-1 web-1 ");
    CHECK(ids(f.get(ALARMS, {{"q", "HOT host=db"}})) == "db-2 ");
    CHECK(ids(f.get(ALARMS, {{"severity", "HIGH"}})) == "web-2 ");
    CHECK(ids(f.get(ALARMS, {{"definition_id", "d2"}})) == "");
    CHECK(ids(f.get(ALARMS, {{"source", "query"}})) == "");

    http::Request request = f.admin_request();
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"state", "BAD"}, {"sort", "size"}, {"limit", "10001"}, {"limit", "-1"}, {"offset", "x"}}) {
        request.query = {};
        request.query.add(name, value);
        CHECK(f.call("GET", ALARMS, request).status == 400);
    }
    request.query = {};
    request.identity.tenant = "shop";
    CHECK(f.json(f.call("GET", ALARMS, request)).int_or("total", -1) == 0);
}

TEST_CASE("a hundred thousand alarms are listed at once, a page of them") {
    Fixture f;
    model::AlarmBatch batch{.origin = "threshold"};
    for (int i = 0; i < 2'000; ++i) {
        model::AlarmEvent event{.kind = Kind::created, .at_ms = 5};
        event.alarm = {.id = std::to_string(i), .name = "n", .state = static_cast<AlarmState>(i % 3)};
        batch.events.push_back(std::move(event));
    }
    REQUIRE(f.alarm_log.submit(std::move(batch)).ok());
    const JsonView list = f.get(ALARMS);
    CHECK(list.get("alarms").size() == 500);
    CHECK(list.int_or("total", 0) == 2'000);
}

TEST_CASE("an alarm in detail: its definition, what to draw, a sentence, its siblings, who was told") {
    Fixture f;
    const auto made = f.call("POST", "/api/v1/belfry/alarm-definitions",
                             f.admin_request(R"({"name":"cpu busy","expression":"avg(cpu{env=prod}, 120) > 90 times 2",
                                                 "match_by":["host"],"severity":"high"})"));
    REQUIRE(made.status == 201);
    f.definition_id = f.json(made).string_or("id", "");
    f.tell(Kind::created, "web-1", AlarmState::undetermined);
    f.tell(Kind::created, "web-2", AlarmState::ok);
    f.clock.advance_ms(1'000);
    f.tell(Kind::transition, "web-1", AlarmState::alarm, "Thresholds were exceeded");
    f.notified = {{.transition_id = "e" + std::to_string(f.clock.now_ms()),
                   .method = "mail",
                   .type = "EMAIL",
                   .at_ms = 7,
                   .status = "sent",
                   .detail = "250 ok"}};
    f.clock.advance_ms(60'000);
    const JsonView detail = f.get("/api/v1/belfry/alarms/web-1");
    CHECK(detail.get("definition").string_or("name", "") == "cpu busy");
    CHECK(detail.get("definition").get("alarms").dump() == R"({"ALARM":1,"OK":1,"UNDETERMINED":0})");
    CHECK(detail.get("chart").string_or("query", "") ==
          R"(sum(sum_over_time({__name__="cpu",env="prod",host="web-1"}[2m])) / )"
          R"(sum(count_over_time({__name__="cpu",env="prod",host="web-1"}[2m])))");
    CHECK(detail.get("chart").double_or("threshold", 0) == 90);
    CHECK(detail.string_or("words", "") ==
          "cpu busy (host=web-1) rings since 2023-11-14 22:13:21 UTC (1m): the value is 91.5, it rings at > 90.");
    CHECK(detail.get("siblings").dump() == R"({"ringing":1,"total":2})");
    CHECK(detail.get("metrics").at(0).get("dimensions").string_or("host", "") == "web-1");
    CHECK(detail.get("notified").at(0).string_or("method", "") == "mail");
    CHECK(detail.get("sub_alarms").is_array());
    CHECK(f.status("GET", "/api/v1/belfry/alarms/none") == 404);

    const JsonView entries = f.get("/api/v1/belfry/alarms/web-1/history").get("entries");
    REQUIRE(entries.size() == 1);
    CHECK(entries.at(0).string_or("old", "") == "UNDETERMINED");
    CHECK(entries.at(0).string_or("new", "") == "ALARM");
    CHECK(entries.at(0).get("notified").at(0).string_or("status", "") == "sent");
    CHECK(f.status("GET", "/api/v1/belfry/alarms/none/history") == 404);
}

TEST_CASE("the history goes on page by page, and outlives its alarm") {
    Fixture f;
    f.tell(Kind::created, "a", AlarmState::ok);
    for (int i = 0; i < 5; ++i) {
        f.clock.advance_ms(10);
        f.tell(Kind::transition, "a", AlarmState::alarm, std::to_string(i));
    }
    JsonView page = f.get("/api/v1/belfry/alarms/a/history", {{"limit", "2"}}).get("entries");
    CHECK(page.at(0).string_or("reason", "") == "4");
    page = f.get("/api/v1/belfry/alarms/a/history",
                 {{"limit", "2"}, {"before", std::to_string(page.at(1).int_or("number", 0))}})
               .get("entries");
    CHECK(page.at(0).string_or("reason", "") == "2");
    CHECK(f.status("DELETE", "/api/v1/belfry/alarms/a") == 204);
    CHECK(f.status("DELETE", "/api/v1/belfry/alarms/a") == 404);
    page = f.get("/api/v1/belfry/alarms/a/history").get("entries");
    CHECK(page.at(0).string_or("kind", "") == "deleted");
    CHECK(page.at(0).string_or("by", "") == "admin");
}

TEST_CASE("acknowledging and muting need a reason and an end that is to come") {
    Fixture f;
    f.tell(Kind::created, "a", AlarmState::alarm, "hot");
    const int64_t later_ms = f.clock.now_ms() + 60'000;
    const std::string good = fmt::format(R"({{"reason":"on it","until_ms":{}}})", later_ms);
    const std::string one = "/api/v1/belfry/alarms/a";
    for (const char* what : {"/ack", "/mute"}) {
        CAPTURE(what);
        CHECK(f.status("POST", one + what, "") == 400);
        CHECK(f.status("POST", one + what, R"({"until_ms":99999999999999})") == 400);
        CHECK(f.status("POST", one + what, R"({"reason":5})") == 400);
        CHECK(f.status("POST", one + what, R"({"reason":"x","until_ms":5})") == 400);
        CHECK(f.status("POST", one + what, R"({"reason":"x","until_ms":"soon"})") == 400);
        CHECK(f.status("POST", "/api/v1/belfry/alarms/none" + std::string(what), good) == 404);
        CHECK(f.status("POST", one + what, good) == 200);
    }
    JsonView alarm = f.get(one).get("alarm");
    CHECK(alarm.get("acknowledged").string_or("by", "") == "admin");
    CHECK(alarm.get("acknowledged").int_or("until_ms", 0) == later_ms);
    CHECK(alarm.int_or("muted_until_ms", 0) == later_ms);
    CHECK(alarm.get("silenced_by").size() == 0);
    // a silence that accepts it is named
    catalog::Silence silence{.id = "s1", .starts_ms = 0, .ends_ms = later_ms};
    silence.matchers.push_back(*model::Matcher::make(model::Matcher::Op::regex, "host", "a|b"));
    silence.matchers.push_back(*model::Matcher::make(model::Matcher::Op::equal, "severity", "low"));
    REQUIRE(f.changes.save_document(catalog::to_document(silence), "ana").ok());
    CHECK(f.get(one).get("alarm").get("silenced_by").dump() == R"(["s1"])");
    CHECK(f.status("DELETE", one + "/ack") == 200);
    CHECK(f.status("DELETE", one + "/mute") == 200);
    alarm = f.get(one).get("alarm");
    CHECK(alarm.get("acknowledged").is_null());
    CHECK(alarm.get("muted_until_ms").is_null());
}

TEST_CASE("strips show what was, each alarm's and the worst of all") {
    Fixture f;
    const int64_t t = f.clock.now_ms();
    f.tell(Kind::created, "a", AlarmState::ok);
    f.tell(Kind::created, "b", AlarmState::ok);
    f.clock.set_ms(t + 100);
    f.tell(Kind::transition, "a", AlarmState::alarm, "hot", AlarmState::ok);
    f.clock.set_ms(t + 200);
    f.tell(Kind::transition, "a", AlarmState::ok, "cool", AlarmState::alarm);
    f.clock.set_ms(t + 300);
    const auto strips = [&](int64_t from, int64_t to) {
        return f.get("/api/v1/belfry/alarms/strips",
                     {{"from", std::to_string(from)}, {"to", std::to_string(to)}, {"ids", "a,b,gone"}});
    };
    const auto text = [&](const JsonView& segments) {
        std::string out;
        for (size_t i = 0; i < segments.size(); ++i) {
            const JsonView s = segments.at(i);
            out += fmt::format("{}-{} {} {}; ", *s.at(0).as_int() - t, *s.at(1).as_int() - t, *s.at(2).as_string(),
                               *s.at(3).as_string());
        }
        return out;
    };
    JsonView answer = strips(t - 1000, t + 1000);  // what is to come is not told
    CHECK(text(answer.get("strips").get("a")) == "0-100 OK ; 100-200 ALARM hot; 200-300 OK cool; ");
    CHECK(text(answer.get("strips").get("b")) == "0-300 OK ; ");
    CHECK_FALSE(answer.get("strips").has("gone"));
    CHECK(text(answer.get("watch")) == "0-100 OK cpu busy; 100-200 ALARM cpu busy; 200-300 OK cpu busy; ");
    answer = strips(t + 150, t + 250);
    CHECK(text(answer.get("strips").get("a")) == "150-200 ALARM hot; 200-250 OK cool; ");
    CHECK(text(answer.get("watch")) == "150-200 ALARM cpu busy; 200-250 OK cpu busy; ");
    http::Request request = f.admin_request();
    request.query.add("from", std::to_string(t + 5000));
    CHECK(f.call("GET", "/api/v1/belfry/alarms/strips", request).status == 400);
}
