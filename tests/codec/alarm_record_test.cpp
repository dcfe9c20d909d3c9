#include "codec/alarm_record.h"

#include "support/alarm_events.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::model;

TEST_CASE("a record of alarms reads back as it was written") {
    AlarmBatch batch{.origin = "threshold", .covered = 812, .events = {tests::full_event()}};
    batch.events.push_back({.kind = AlarmEvent::Kind::deleted, .id = "t2", .at_ms = 1, .alarm = {.id = "a2"}});
    const std::string bytes = codec::encode_alarm_batch(batch);
    const auto read = codec::decode_alarm_batch(bytes);
    REQUIRE(read.ok());
    CHECK(codec::encode_alarm_batch(*read) == bytes);
    CHECK(read->covered == 812);
    REQUIRE(read->events.size() == 2);
    const AlarmEvent& event = read->events[0];
    CHECK(event.old_state == AlarmState::ok);
    CHECK(event.sub_alarms == R"([{"sub_alarm_state":"ALARM"}])");
    CHECK(event.alarm.metrics == batch.events[0].alarm.metrics);
    CHECK(event.alarm.labels == batch.events[0].alarm.labels);
    CHECK(event.alarm.value == 91.5);
    CHECK(event.alarm.acknowledged == batch.events[0].alarm.acknowledged);
    CHECK(!event.alarm.actions_enabled);
    CHECK(read->events[1].kind == AlarmEvent::Kind::deleted);
}

TEST_CASE("what is no record of alarms is refused") {
    for (const char* bytes : {"", "[]", "{}", R"({"v":2,"events":[]})", R"({"v":1,"events":[{"kind":"x"}]})",
                              R"({"v":1,"events":[{"kind":"created","alarm":{"id":"a"}}]})",
                              R"({"v":1,"events":[{"kind":"created","alarm":{"id":"a","tenant":"t","state":"BAD"}}]})"})
        CHECK_MESSAGE(!codec::decode_alarm_batch(bytes).ok(), bytes);
}
