#include "notify/notify_fixture.h"

#include "base/json.h"

using namespace belfry;
using tests::NotifyFixture;

TEST_CASE("an alarm's actions are told, with Monasca's payload and a key to know it again by") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.ring();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 1);
    const auto& seen = f.network.seen[0];
    CHECK(seen.method == "POST");
    CHECK(seen.url == "http://hook");
    CHECK(seen.target == "/path");
    CHECK(
        seen.body ==
        R"({"alarm_id":"a1","alarm_definition_id":"def","alarm_name":"cpu high","alarm_description":"",)"
        R"("alarm_timestamp":1767225600,"state":"ALARM","old_state":"UNDETERMINED","message":"Thresholds were exceeded",)"
        R"("tenant_id":"default","metrics":[{"name":"cpu","dimensions":{"hostname":"web-1"}}]})");
    const auto has = [&](const std::string& name, const std::string& value) {
        return std::find(seen.headers.begin(), seen.headers.end(), std::pair(name, value)) != seen.headers.end();
    };
    CHECK(has("Idempotency-Key", "t1"));
    CHECK(has("X-Belfry-Delivery", "t1"));
    const auto rows = f.rows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].status == "sent");
    CHECK(rows[0].code == 200);
    CHECK(f.engine->stored_to() == 1);
}

TEST_CASE("what fails is tried again every 30 s, five times in all") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.network.down = true;
    f.ring();
    f.engine->step();
    CHECK(f.network.seen.size() == 1);
    f.pass(29'000);
    CHECK(f.network.seen.size() == 1);
    for (int i = 0; i < 10; ++i)
        f.pass(30'000);
    CHECK(f.network.seen.size() == 5);
    const auto rows = f.rows();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].status == "failed");
    CHECK(rows[0].attempts == 5);
    CHECK(rows[0].detail == "nobody answers there");
    CHECK(f.engine->health("hook").pending == 0);
    CHECK(f.engine->health("hook").failing_since_ms == NotifyFixture::START_MS);
}

TEST_CASE("pauses grow when they are told to") {
    NotifyFixture f({.retry_interval_ms = 1'000, .retry_growth = 2, .attempts_max = 4});
    f.method("hook");
    f.definition({"hook"});
    f.network.down = true;
    f.ring();
    f.engine->step();
    std::vector<int64_t> at;
    for (int64_t ms = 500; ms <= 10'000; ms += 500) {
        const size_t before = f.network.seen.size();
        f.pass(500);
        if (f.network.seen.size() > before) at.push_back(ms);
    }
    CHECK(at == std::vector<int64_t>{1'000, 3'000, 7'000});
}

TEST_CASE("what is told about one alarm stays in order, also over attempts that fail") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"}, {"hook"});
    f.network.down = true;
    f.ring();
    f.engine->step();
    f.network.down = false;
    f.calm();  // waits behind the first
    f.ring("a2");
    f.engine->step();
    REQUIRE(f.network.seen.size() == 2);
    CHECK(f.network.seen[1].body.find("\"alarm_id\":\"a2\"") != std::string::npos);
    f.pass(30'000);
    REQUIRE(f.network.seen.size() == 4);
    CHECK(f.network.seen[2].body.find("\"state\":\"ALARM\"") != std::string::npos);
    CHECK(f.network.seen[3].body.find("\"state\":\"OK\"") != std::string::npos);
}

TEST_CASE("what waits survives a restart") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.ring("a1");
    f.engine->step();
    f.network.down = true;
    f.ring("a2");
    f.engine->step();
    CHECK(f.network.seen.size() == 2);
    f.open();
    CHECK(f.engine->health("hook").pending == 1);
    f.network.down = false;
    f.pass(30'000);
    REQUIRE(f.network.seen.size() == 3);
    CHECK(f.network.seen[2].body.find("\"alarm_id\":\"a2\"") != std::string::npos);
    CHECK(f.rows("sent").size() == 2);
}

TEST_CASE("a host with a full queue spills into the store and loses nothing") {
    NotifyFixture f({.queue_max = 3});
    f.method("hook");
    f.definition({"hook"});
    for (int i = 0; i < 20; ++i)
        f.ring("a" + std::to_string(i));
    REQUIRE(f.engine->flush(true).ok());
    CHECK(f.engine->health("hook").pending == 20);
    f.engine->step();
    CHECK(f.network.seen.size() == 20);
    CHECK(f.rows("sent").size() == 20);
    CHECK(f.engine->stored_to() == 20);
}

TEST_CASE("more than notify.outbox_max waiting deliveries fail at once, with the key's name") {
    NotifyFixture f({.outbox_max = 2});
    f.method("hook");
    f.definition({"hook"});
    f.network.down = true;
    for (int i = 0; i < 3; ++i) {
        f.ring("a" + std::to_string(i));
        f.engine->step();
    }
    const auto rows = f.rows("failed");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].detail.find("notify.outbox_max") != std::string::npos);
}

TEST_CASE("old transitions and those with actions disabled are not told") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    auto old = f.transition("a1", model::AlarmState::alarm);
    old.at_ms -= 14'400'001;
    f.apply(std::move(old));
    auto off = f.transition("a2", model::AlarmState::alarm);
    off.alarm.actions_enabled = false;
    f.apply(std::move(off));
    f.engine->step();
    CHECK(f.network.seen.empty());
}

TEST_CASE("silenced alarms are not told, and the log says why") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.silence("s1", "host", "web-1", 60'000);
    f.ring("a1");
    f.ring("a2", {{"host", "web-2"}});
    f.engine->step();
    CHECK(f.network.seen.size() == 1);
    const auto rows = f.rows("silenced");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].alarm_id == "a1");
    CHECK(rows[0].detail == "silence s1");
    f.clock.advance_ms(60'000);
    f.ring("a1");
    f.engine->step();
    CHECK(f.network.seen.size() == 2);
    f.pass(60'000);
    CHECK(f.network.seen.size() == 2);
}

TEST_CASE("an alarm that rings inhibits others with the same label") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.routing("inhibit_rules:\n- source_matchers: [kind=host]\n  target_matchers: [kind=service]\n  equal: [host]\n");
    f.ring("h", {{"host", "web-1"}, {"kind", "host"}});
    f.ring("s1", {{"host", "web-1"}, {"kind", "service"}});
    f.ring("s2", {{"host", "web-2"}, {"kind", "service"}});
    f.engine->step();
    CHECK(f.network.seen.size() == 2);
    REQUIRE(f.rows("inhibited").size() == 1);
    f.calm("h", {{"host", "web-1"}, {"kind", "host"}});
    f.ring("s1", {{"host", "web-1"}, {"kind", "service"}});
    f.engine->step();
    CHECK(f.network.seen.size() == 3);
}

TEST_CASE("a method with a period repeats while the alarm is in that state, and nobody looks after it") {
    NotifyFixture f;
    f.method("hook", "WEBHOOK", 60);
    f.definition({"hook"});
    f.ring();
    f.engine->step();
    f.pass(60'000);
    f.pass(60'000);
    CHECK(f.network.seen.size() == 3);
    SUBCASE("until it is acknowledged") {
        f.acknowledge("a1");
        f.pass(120'000);
        CHECK(f.network.seen.size() == 3);
    }
    SUBCASE("over a restart") {
        f.open();
        f.pass(60'000);
        CHECK(f.network.seen.size() == 4);
    }
    SUBCASE("until it is over") {
        f.calm();
        f.pass(120'000);
        CHECK(f.network.seen.size() == 3);
    }
    SUBCASE("until the method has another period") {
        f.method("hook", "WEBHOOK", 0);
        f.pass(120'000);
        CHECK(f.network.seen.size() == 3);
    }
    SUBCASE("until it is deleted") {
        f.alarms.clear();
        f.pass(120'000);
        CHECK(f.network.seen.size() == 3);
    }
}

TEST_CASE("routes tell groups: after group_wait, when something is new, and when it is over") {
    NotifyFixture f;
    f.method("team");
    f.routing(
        "route:\n  receiver: team\n  group_by: [cluster]\n  group_wait: 10s\n  group_interval: 1m\n"
        "  repeat_interval: 1h\n");
    const model::Dimensions a = {{"cluster", "c"}, {"host", "1"}}, b = {{"cluster", "c"}, {"host", "2"}};
    f.ring("a1", a);
    f.engine->step();
    CHECK(f.network.seen.empty());
    f.ring("a2", b);
    f.pass(10'000);
    REQUIRE(f.network.seen.size() == 1);
    auto body = JsonView::parse(f.network.seen[0].body);
    REQUIRE(body.ok());
    CHECK(body->string_or("version", "") == "4");
    CHECK(body->string_or("status", "") == "firing");
    CHECK(body->string_or("receiver", "") == "team");
    CHECK(body->get("alerts").size() == 2);
    CHECK(body->get("groupLabels").dump() == R"({"cluster":"c"})");
    CHECK(body->get("commonLabels").string_or("cluster", "") == "c");
    CHECK_FALSE(body->get("commonLabels").has("host"));
    f.pass(60'000);
    CHECK(f.network.seen.size() == 1);  // nothing new
    f.calm("a1", a);
    SUBCASE("in the same process") {}
    SUBCASE("over a restart") {
        REQUIRE(f.engine->flush(true).ok());
        f.open();
    }
    f.pass(60'000);
    REQUIRE(f.network.seen.size() == 2);
    body = JsonView::parse(f.network.seen[1].body);
    CHECK(body->string_or("status", "") == "firing");
    CHECK(body->get("alerts").size() == 2);
    f.calm("a2", b);
    f.pass(60'000);
    REQUIRE(f.network.seen.size() == 3);
    body = JsonView::parse(f.network.seen[2].body);
    CHECK(body->string_or("status", "") == "resolved");
    CHECK(body->get("alerts").size() == 1);
    f.pass(3'600'000);
    CHECK(f.network.seen.size() == 3);
}

TEST_CASE("a group that goes on ringing is told again after repeat_interval") {
    NotifyFixture f;
    f.method("team");
    f.routing("route:\n  receiver: team\n  group_wait: 0s\n  group_interval: 1m\n  repeat_interval: 5m\n");
    f.ring();
    f.pass(0);
    CHECK(f.network.seen.size() == 1);
    for (int i = 0; i < 11; ++i)
        f.pass(60'000);
    CHECK(f.network.seen.size() == 3);
    f.acknowledge("a1");
    for (int i = 0; i < 11; ++i)
        f.pass(60'000);
    CHECK(f.network.seen.size() == 3);
    f.ring("a2");  // nobody looks after that one
    f.pass(60'000);
    REQUIRE(f.network.seen.size() == 4);
    CHECK(JsonView::parse(f.network.seen[3].body)->get("alerts").size() == 2);
    f.calm("a1");
    f.calm("a2");
    f.pass(60'000);
    CHECK(f.network.seen.size() == 5);
}

TEST_CASE("a mute time holds a group back until it is over") {
    NotifyFixture f;
    f.method("team");
    f.routing(
        "time_intervals:\n- name: night\n  time_intervals:\n  - times: [{start_time: '00:00', end_time: '01:00'}]\n"
        "route:\n  receiver: team\n  group_wait: 0s\n  group_interval: 10m\n  mute_time_intervals: [night]\n");
    f.ring();
    f.pass(0);
    f.pass(600'000);
    CHECK(f.network.seen.empty());
    CHECK(f.rows("muted").size() == 1);
    f.pass(3'600'000);
    CHECK(f.network.seen.size() == 1);
}

TEST_CASE("PagerDuty gets one incident an alarm, and OK resolves it") {
    NotifyFixture f;
    f.method("pd", "PAGERDUTY", 0, {}, "key123");
    f.definition({"pd"}, {"pd"});
    f.ring();
    f.calm();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 2);
    CHECK(f.network.seen[0].url == "https://events.pagerduty.com");
    CHECK(f.network.seen[0].target == "/v2/enqueue");
    auto body = JsonView::parse(f.network.seen[0].body);
    CHECK(body->string_or("routing_key", "") == "key123");
    CHECK(body->string_or("event_action", "") == "trigger");
    CHECK(body->string_or("dedup_key", "") == "a1");
    CHECK(body->get("payload").string_or("severity", "") == "error");
    body = JsonView::parse(f.network.seen[1].body);
    CHECK(body->string_or("event_action", "") == "resolve");
    CHECK(body->string_or("dedup_key", "") == "a1");
}

TEST_CASE("Slack's ok:false is a failure although it says 200") {
    NotifyFixture f;
    f.method("slack", "SLACK", 0, {{"channel", "#ops"}, {"token", "xoxb"}}, "https://slack.com/api/chat.postMessage");
    f.definition({"slack"});
    f.network.answers.push_back({.status = 200, .headers = {}, .body = R"({"ok":false,"error":"channel_not_found"})"});
    f.ring();
    f.engine->step();
    const auto rows = f.rows("pending");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].detail == "Slack: channel_not_found");
    const auto body = JsonView::parse(f.network.seen[0].body);
    CHECK(body->string_or("channel", "") == "#ops");
    CHECK(body->string_or("text", "").find("\"alarm_id\": \"a1\"") != std::string::npos);
}

TEST_CASE("redirects are failures that say where they point") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.network.answers.push_back({.status = 302, .headers = {{"location", "http://169.254.169.254/"}}, .body = {}});
    f.ring();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 1);
    CHECK(f.rows("pending")[0].detail == "redirects are not followed; it points to http://169.254.169.254/");
}

TEST_CASE("Jira: a new issue, a comment on an open one, a closed one is opened again") {
    NotifyFixture f;
    f.method("jira", "JIRA", 0, {{"user", "u"}, {"password", "p"}}, "https://jira/?project=OPS&component=C");
    f.definition({"jira"});
    const auto reply = [&](std::string body) {
        f.network.answers.push_back({.status = 200, .headers = {}, .body = std::move(body)});
    };
    SUBCASE("new") {
        reply(R"({"issues":[]})");
        reply(R"({"key":"OPS-1"})");
        f.ring();
        f.engine->step();
        REQUIRE(f.network.seen.size() == 2);
        CHECK(f.network.seen[0].target == "/rest/api/2/search");
        CHECK(f.network.seen[1].target == "/rest/api/2/issue");
        CHECK(f.network.seen[1].body.find("a1") != std::string::npos);
        CHECK(f.network.seen[1].body.find(R"("components":[{"name":"C"}])") != std::string::npos);
    }
    SUBCASE("closed") {
        reply(R"({"issues":[{"key":"OPS-1","fields":{"resolution":{"name":"Done"}}}]})");
        reply(R"({"transitions":[{"id":"3","name":"Reopen Issue"}]})");
        reply("{}");
        f.ring();
        f.engine->step();
        REQUIRE(f.network.seen.size() == 4);
        CHECK(f.network.seen[2].body == R"({"transition":{"id":"3"}})");
        CHECK(f.network.seen[3].target == "/rest/api/2/issue/OPS-1/comment");
    }
    CHECK(f.rows("sent").size() == 1);
}

TEST_CASE("mails have Monasca's subject and say where and why") {
    NotifyFixture f;
    f.method("mail", "EMAIL", 0, {{"server", "127.0.0.1:25"}}, "a@b, c@d");
    f.definition({"mail"});
    f.ring();
    f.engine->step();
    REQUIRE(f.network.mails.size() == 1);
    const notify::Mail& mail = f.network.mails[0];
    CHECK(mail.to == std::vector<std::string>{"a@b", "c@d"});
    CHECK(mail.subject == "ALARM HIGH \"cpu high\" for Host: web-1");
    CHECK(mail.text.starts_with("On host \"web-1\", thresholds were exceeded."));
    CHECK(mail.text.find("alarm_id: a1") != std::string::npos);
}

TEST_CASE("templates of methods replace the text; one that fails does not keep an alarm from being told") {
    NotifyFixture f;
    f.method("hook", "WEBHOOK", 0,
             {{"content_type", "text/plain"}, {"template", "{{ .State }} {{ .Labels.host }} {{ .Nope }}"}});
    f.method("good", "WEBHOOK", 0,
             {{"content_type", "text/plain"}, {"template", "{{ .State }} {{ .Labels.host | toUpper }}"}});
    f.definition({"hook", "good"});
    f.ring();
    f.engine->step();
    REQUIRE(f.network.seen.size() == 2);
    std::vector<std::string> bodies = {f.network.seen[0].body, f.network.seen[1].body};
    std::sort(bodies.begin(), bodies.end());
    CHECK(bodies[0] == "ALARM WEB-1");
    CHECK(bodies[1].starts_with("{\"alarm_id\":\"a1\""));
}

TEST_CASE("a method that is deleted meanwhile ends its deliveries as failed") {
    NotifyFixture f({.attempts_max = 1});
    f.method("hook");
    f.definition({"hook"});
    f.ring();
    REQUIRE(f.changes->remove_document(catalog::NOTIFICATION_METHOD, "hook", "default", "t").ok());
    f.engine->step();
    CHECK(f.network.seen.empty());
    const auto rows = f.rows("failed");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].detail.find("does not exist") != std::string::npos);
}
