#include "codec/transition_record.h"

#include "codec/alarm_record.h"
#include "support/alarm_events.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::model;

TEST_CASE("a record of transitions reads back as it was written, with every text once") {
    AlarmBatch batch{.origin = "threshold", .covered = 812, .events = {tests::full_event(), tests::full_event()}};
    batch.events[1].alarm.acknowledged.reset();
    batch.events[1].alarm.value.reset();
    batch.events[1].alarm.actions_enabled = true;
    batch.events.push_back({.kind = AlarmEvent::Kind::deleted, .id = "t2", .at_ms = -1, .alarm = {.id = "a2"}});
    const std::string bytes = codec::encode_transitions(batch);
    const auto read = codec::decode_transitions(bytes);
    REQUIRE(read.ok());
    CHECK(codec::encode_alarm_batch(*read) == codec::encode_alarm_batch(batch));  // JSON of all members
    CHECK(codec::encode_transitions(*read) == bytes);
    const size_t first = bytes.find("disk.used");
    CHECK(first != std::string::npos);
    CHECK(bytes.find("disk.used", first + 1) == std::string::npos);
    for (size_t size = 0; size < bytes.size(); ++size)
        CHECK(!codec::decode_transitions(std::string_view(bytes).substr(0, size)).ok());
    CHECK(!codec::decode_transitions(bytes + "x").ok());
}

TEST_CASE("an empty record of transitions has the bytes of its description") {
    const std::string bytes = codec::encode_transitions({.origin = "api"});
    CHECK(bytes == std::string("\x02\x03"
                               "api\x00\x00",
                               7));
}

TEST_CASE("a record of transitions with what cannot be is refused") {
    const std::string bytes = codec::encode_transitions({.origin = "api", .events = {tests::full_event()}});
    size_t refused = 0;
    for (size_t at = 0; at < bytes.size(); ++at) {
        std::string bent = bytes;
        bent[at] = static_cast<char>(0xff);
        const auto read = codec::decode_transitions(bent);
        refused += read.ok() ? 0 : 1;
        if (read.ok()) CHECK(codec::decode_transitions(codec::encode_transitions(*read)).ok());
    }
    CHECK(refused > 20);
    for (const char* text : {"", "{\"v\":1}", "\x02", "\x03\x00\x00\x00"})
        CHECK(!codec::decode_transitions(text).ok());
}
