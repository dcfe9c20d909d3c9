// Alerts that other programs send.
#include "notify/outside_alarms.h"

#include "support/loop_alarm_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using model::AlarmState;
using notify::OutsideAlarms;

namespace {

struct Fixture {
    static constexpr int64_t NOW_MS = 1'767'225'600'000;
    tests::TempDir dir;
    ManualClock clock{NOW_MS};
    notify::NotifyConfig config{.outside_alarms_max = 2};
    std::unique_ptr<catalog::AlarmStore> store =
        std::move(catalog::AlarmStore::open(dir.file("a.sqlite"), {}, clock)).value();
    tests::LoopAlarmLog log{*store};
    std::unique_ptr<OutsideAlarms> outside = make();

    std::unique_ptr<OutsideAlarms> make() {
        return std::make_unique<OutsideAlarms>(
            OutsideAlarms::Parts{.clock = clock, .config = config, .store = *store, .log = log});
    }
    static notify::OutsideAlert alert(const std::string& host, int64_t ends_ms = 0) {
        return {.labels = {{"alertname", "Down"}, {"host", host}, {"severity", "page"}},
                .annotations = {{"summary", host + " is down"}},
                .starts_ms = NOW_MS - 5'000,
                .ends_ms = ends_ms,
                .generator_url = "http://prom/graph"};
    }
    [[nodiscard]] std::shared_ptr<const model::Alarm> alarm(const std::string& host) const {
        return store->find("default", OutsideAlarms::id_of("default", alert(host).labels));
    }
    Status receive(const std::string& host, int64_t ends_ms = 0) {
        return outside->receive("default", {alert(host, ends_ms)});
    }
};

}  // namespace

TEST_CASE("an alert of another program rings; sent again it makes no event") {
    Fixture f;
    REQUIRE(f.receive("a").ok());
    REQUIRE(f.log.batches.size() == 1);
    CHECK(f.log.batches[0].origin == "outside");
    CHECK(f.log.batches[0].events.size() == 2);  // created, transition
    const auto alarm = f.alarm("a");
    REQUIRE(alarm);
    CHECK(alarm->state == AlarmState::alarm);
    CHECK(alarm->source == model::AlarmSource::outside);
    CHECK(alarm->name == "Down");
    CHECK(alarm->severity == model::Severity::critical);
    CHECK(alarm->reason == "a is down");
    CHECK(alarm->link == "http://prom/graph");
    CHECK(alarm->state_updated_ms == Fixture::NOW_MS - 5'000);
    for (int i = 0; i < 5; ++i) {
        f.clock.advance_ms(60'000);
        REQUIRE(f.receive("a").ok());
        REQUIRE(f.outside->end_overdue().ok());
    }
    CHECK(f.log.batches.size() == 1);
}

TEST_CASE("an alert is over when its sender says so, at its end, or when it is not sent again") {
    Fixture f;
    SUBCASE("said") {
        REQUIRE(f.receive("a").ok());
        REQUIRE(f.receive("a", Fixture::NOW_MS).ok());
        CHECK(f.alarm("a")->reason == "The sender says that it is over");
        REQUIRE(f.receive("a", Fixture::NOW_MS).ok());
    }
    SUBCASE("its end") {
        REQUIRE(f.receive("a", Fixture::NOW_MS + 60'000).ok());
        f.clock.advance_ms(59'999);
        REQUIRE(f.outside->end_overdue().ok());
        CHECK(f.alarm("a")->state == AlarmState::alarm);
        f.clock.advance_ms(1);
        REQUIRE(f.outside->end_overdue().ok());
    }
    SUBCASE("resolve_timeout") {
        REQUIRE(f.receive("a").ok());
        f.clock.advance_ms(299'999);
        REQUIRE(f.outside->end_overdue().ok());
        CHECK(f.alarm("a")->state == AlarmState::alarm);
        f.clock.advance_ms(1);
        REQUIRE(f.outside->end_overdue().ok());
    }
    SUBCASE("a restart: its sender has the time again") {
        REQUIRE(f.receive("a").ok());
        f.clock.advance_ms(250'000);
        f.outside = f.make();
        f.outside->restore();
        REQUIRE(f.outside->known(f.alarm("a")->id).has_value());
        f.clock.advance_ms(299'999);
        REQUIRE(f.outside->end_overdue().ok());
        CHECK(f.alarm("a")->state == AlarmState::alarm);
        f.clock.advance_ms(1);
        REQUIRE(f.outside->end_overdue().ok());
    }
    CHECK(f.alarm("a")->state == AlarmState::ok);
    CHECK(f.log.batches.size() == 2);
    REQUIRE(f.outside->end_overdue().ok());
    CHECK(f.log.batches.size() == 2);
    const std::string id = f.alarm("a")->id;
    REQUIRE(f.receive("a").ok());  // rings again: the same alarm
    CHECK(f.log.batches.size() == 3);
    CHECK(f.log.batches[2].events.size() == 1);
    CHECK(f.alarm("a")->id == id);
    CHECK(f.alarm("a")->state == AlarmState::alarm);
}

TEST_CASE("after a restart what is sent again goes on without an event") {
    Fixture f;
    REQUIRE(f.receive("a").ok());
    f.outside = f.make();
    f.outside->restore();
    REQUIRE(f.receive("a").ok());
    CHECK(f.log.batches.size() == 1);
}

TEST_CASE("alerts past notify.outside_alarms_max, and those that the log refuses, leave nothing behind") {
    Fixture f;
    REQUIRE(f.receive("a").ok());
    const Status full = f.outside->receive("default", {Fixture::alert("b"), Fixture::alert("c")});
    REQUIRE_FALSE(full.ok());
    CHECK(full.error().code == Code::exhausted);
    CHECK(full.error().message.find("notify.outside_alarms_max") != std::string::npos);
    CHECK_FALSE(f.alarm("b"));
    f.log.refuse = true;
    CHECK_FALSE(f.receive("b").ok());
    f.log.refuse = false;
    REQUIRE(f.receive("b").ok());
    CHECK(f.alarm("b")->state == AlarmState::alarm);
}
