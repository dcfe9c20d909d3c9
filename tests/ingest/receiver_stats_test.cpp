#include "ingest/receiver_stats.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::ingest;

namespace {
constexpr int64_t NOON_MS = 1'795'348'800'000;
}

TEST_CASE("a receiver's rate is of whole seconds, its history of minutes") {
    ManualClock clock(NOON_MS);
    Receivers receivers(clock);
    ReceiverStats& r = receivers.add("test_rate", "Test", "127.0.0.1:1");
    for (int i = 0; i < 10; i++) {
        r.accepted(100, 1000, "10.0.0.1");
        clock.advance_ms(1000);
    }
    ReceiverSnapshot s = receivers.snapshot().at(0);
    CHECK(s.records_per_s == 100);
    CHECK(s.bytes_per_s == 1000);
    CHECK(s.records_total == 1000);
    CHECK(s.history.size() == 60);
    CHECK(s.history.back() == 1000);
    clock.advance_ms(60'000);
    s = r.snapshot();
    CHECK(s.records_per_s == 0);
    CHECK(s.history[58] == 1000);
    CHECK(s.history[59] == 0);
    clock.advance_ms(3'600'000);
    CHECK(r.snapshot().history == std::vector<uint64_t>(60, 0));
}

TEST_CASE("senders are counted for five minutes and are bounded") {
    ManualClock clock(NOON_MS);
    ReceiverStats r(clock, "test_senders", "Test", "");
    r.accepted(1, 1, "10.0.0.1");
    r.accepted(1, 1, "10.0.0.2");
    r.accepted(1, 1, "10.0.0.1");
    CHECK(r.snapshot().senders == 2);
    clock.advance_ms(4 * 60'000);
    r.accepted(1, 1, "10.0.0.1");
    clock.advance_ms(2 * 60'000);
    CHECK(r.snapshot().senders == 1);
    for (size_t i = 0; i < ReceiverStats::SENDERS_MAX + 10; i++)
        r.accepted(1, 1, std::to_string(i));
    CHECK(r.snapshot().senders == ReceiverStats::SENDERS_MAX);
}

TEST_CASE("refusals keep their count by reason and the newest case, cut") {
    ManualClock clock(NOON_MS);
    ReceiverStats r(clock, "test_refusals", "Test", "");
    r.refused("invalid_labels", 3, "first", "a");
    clock.advance_ms(5);
    r.refused("too_old", 1, "older than retention", std::string(1000, 'x'));
    r.refused("invalid_labels", 2, "second", "b");
    const ReceiverSnapshot s = r.snapshot();
    CHECK(s.refused_total == 6);
    CHECK(s.refused_last_hour == 6);
    REQUIRE(s.refusals.size() == 2);
    CHECK(s.refusals[0].reason == "invalid_labels");
    CHECK(s.refusals[0].total == 5);
    CHECK(s.refusals[0].message == "second");
    CHECK(s.refusals[1].sample.size() < 300);
    for (int i = 0; i < 100; i++)
        r.refused("reason_" + std::to_string(i), 1, "", "");
    CHECK(r.snapshot().refusals.size() <= ReceiverStats::REASONS_MAX + 1);
}
