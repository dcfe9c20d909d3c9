#include "alarm/desk/desk.h"

#include "alarm/desk/desk_fixture.h"

using namespace belfry;
using namespace belfry::tests;
using model::AlarmState;

TEST_CASE("a state set by hand is a transition with Monasca's reason, the rest a change") {
    DeskFixture f;
    f.add("a", AlarmState::alarm);
    f.clock.advance_ms(10);
    const auto changed =
        f.desk.change("default", "a", {.state = AlarmState::ok, .lifecycle_state = "OPEN", .link = "http://x"}, "ana");
    REQUIRE(changed.ok());
    CHECK((*changed)->state == AlarmState::ok);
    CHECK((*changed)->reason == "Alarm state updated via API");
    CHECK((*changed)->lifecycle_state == "OPEN");
    CHECK((*changed)->link == "http://x");
    CHECK((*changed)->state_updated_ms == f.clock.now_ms());
    const auto& batch = f.log.batches.back();
    CHECK(batch.origin == "api");
    REQUIRE(batch.events.size() == 2);
    CHECK(batch.events[1].kind == model::AlarmEvent::Kind::transition);
    CHECK(batch.events[1].old_state == AlarmState::alarm);
    CHECK(batch.events[1].sub_alarms == "[]");
    CHECK(batch.events[1].by == "ana");
    CHECK(batch.events[1].alarm.lifecycle_state == "OPEN");  // receivers see it, too

    // the same state again is no transition
    const size_t batches = f.log.batches.size();
    REQUIRE(f.desk.change("default", "a", {.state = AlarmState::ok}, "ana").ok());
    CHECK(f.log.batches.size() == batches);
    CHECK(f.desk.change("default", "a", {.lifecycle_state = std::string(51, 'x')}, "ana").error().code ==
          Code::invalid);
    CHECK(f.desk.change("default", "a", {.lifecycle_state = std::string(50, 'x')}, "ana").ok());
    CHECK(f.desk.change("shop", "a", {.link = "x"}, "ana").error().code == Code::not_found);
    CHECK(f.desk.change("", "a", {.link = "x"}, "ana").error().code == Code::not_found);
}

TEST_CASE("an acknowledgement holds until its time, until it is withdrawn, or until the alarm is OK") {
    DeskFixture f;
    f.add("a", AlarmState::alarm);
    CHECK(f.desk.acknowledge("default", "a", {}, "ana").error().code == Code::invalid);
    CHECK(f.desk.acknowledge("default", "a", {"x", f.clock.now_ms()}, "ana").error().code == Code::invalid);
    auto alarm = f.desk.acknowledge("default", "a", {"on it", f.clock.now_ms() + 1000}, "ana").value();
    REQUIRE(alarm::acknowledgement(*alarm, f.clock.now_ms()) != nullptr);
    CHECK(alarm::acknowledgement(*alarm, f.clock.now_ms())->by == "ana");
    CHECK(alarm::acknowledgement(*alarm, f.clock.now_ms() + 1000) == nullptr);
    alarm = f.desk.withdraw("default", "a", "bob").value();
    CHECK_FALSE(alarm->acknowledged.has_value());
    alarm = f.desk.acknowledge("default", "a", {"until it is OK", 0}, "ana").value();
    CHECK(alarm::acknowledgement(*alarm, INT64_MAX) != nullptr);
    alarm = f.desk.change("default", "a", {.state = AlarmState::ok}, "ana").value();
    alarm = f.desk.change("default", "a", {.state = AlarmState::alarm}, "ana").value();
    CHECK(alarm::acknowledgement(*alarm, f.clock.now_ms()) == nullptr);  // it rings anew
    REQUIRE(f.desk.change("default", "a", {.state = AlarmState::ok}, "ana").ok());
    CHECK(f.desk.acknowledge("default", "a", {"x", 0}, "ana").error().code == Code::conflict);
    // who did what stands in the history
    const auto history = f.store->history({.tenant = "default", .alarm_id = "a", .transitions_only = false});
    REQUIRE(history->size() == 6);
    CHECK(history->at(1).event.by == "bob");
}

TEST_CASE("a mute is a silence on the alarm's id, moved by another mute and ended by unmute") {
    DeskFixture f;
    f.add("a", AlarmState::alarm);
    const int64_t now_ms = f.clock.now_ms();
    CHECK(f.desk.mute("default", "a", {"noise", 0}, "ana").error().code == Code::invalid);
    CHECK(f.desk.mute("default", "b", {"noise", now_ms + 1000}, "ana").error().code == Code::not_found);
    const auto silence = f.desk.mute("default", "a", {"noise", now_ms + 1000}, "ana");
    REQUIRE(silence.ok());
    CHECK(alarm::muted_alarm(*silence) == "a");
    CHECK(f.desk.muted_until("default", "a") == now_ms + 1000);
    CHECK(f.desk.mute("default", "a", {"more", now_ms + 5000}, "bob")->id == silence->id);
    CHECK(f.desk.muted_until("default", "a") == now_ms + 5000);
    CHECK_FALSE(f.desk.muted_until("shop", "a").has_value());
    REQUIRE(f.desk.unmute("default", "a", "ana").ok());
    CHECK_FALSE(f.desk.muted_until("default", "a").has_value());
    CHECK(f.catalog->snapshot()->document(catalog::SILENCE, silence->id, "default") !=
          nullptr);  // expired, not removed
    REQUIRE(f.desk.mute("default", "a", {"again", now_ms + 1000}, "ana").ok());
    f.clock.advance_ms(1000);
    CHECK_FALSE(f.desk.muted_until("default", "a").has_value());
}

TEST_CASE("alarms are removed, alone and with their definition") {
    DeskFixture f;
    f.add("a", AlarmState::alarm);
    f.add("b", AlarmState::ok);
    f.add("c", AlarmState::ok, "d2", "default", model::AlarmSource::threshold);
    f.add("d", AlarmState::ok, "d1", "shop");
    REQUIRE(f.desk.remove("default", "a", "ana").ok());
    CHECK(f.desk.remove("default", "a", "ana").error().code == Code::not_found);
    REQUIRE(f.desk.remove_of_definition("default", "d1", "ana").ok());
    CHECK(f.store->alarms("default").size() == 1);
    CHECK(f.store->alarms("shop").size() == 1);
    CHECK(f.desk.remove_orphans().value() == 1);  // d2 is not defined; outside alarms have no definition
    CHECK(f.store->alarms("default").empty());
}

TEST_CASE("a log that refuses or lags gives its own error, and nothing is half done") {
    DeskFixture f;
    f.add("a", AlarmState::alarm);
    f.log.refuse = true;
    CHECK(f.desk.change("default", "a", {.state = AlarmState::ok}, "ana").error().code == Code::exhausted);
    CHECK(f.store->find("default", "a")->state == AlarmState::alarm);
    f.log.refuse = false;
    f.log.apply_at_once = false;
    CHECK(f.desk.change("default", "a", {.state = AlarmState::ok}, "ana").error().code == Code::timeout);
}
