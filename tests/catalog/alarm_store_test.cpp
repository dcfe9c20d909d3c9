#include "catalog/alarm_store.h"

#include "catalog/alarm_stats.h"
#include "catalog/database.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <random>

using namespace belfry;
using namespace belfry::catalog;
using model::Alarm;
using model::AlarmBatch;
using model::AlarmEvent;
using model::AlarmState;
using Kind = model::AlarmEvent::Kind;

namespace {

struct Fixture {
    tests::TempDir dir;
    ManualClock clock{1'000'000};
    AlarmStoreConfig config;
    std::unique_ptr<AlarmStore> store = open();
    uint64_t next = 0;

    std::unique_ptr<AlarmStore> open() {
        auto opened = AlarmStore::open(dir.file("alarms.sqlite"), config, clock);
        REQUIRE(opened.ok());
        return std::move(*opened);
    }
    void reopen() {
        store.reset();
        store = open();
    }
    void apply(AlarmBatch batch) {
        const AlarmRecord record{.offset = next++, .batch = &batch};
        REQUIRE(store->apply({&record, 1}).ok());
    }
    void apply(std::vector<AlarmEvent> events, std::string origin = "threshold") {
        apply(AlarmBatch{.origin = std::move(origin), .covered = 0, .events = std::move(events)});
    }
    [[nodiscard]] std::vector<std::string> reasons(HistoryQuery query) const {
        std::vector<std::string> out;
        for (const HistoryEntry& entry : store->history(query).value())
            out.push_back(entry.event.alarm.reason);
        return out;
    }
};

AlarmEvent event(Kind kind,
                 const std::string& id,
                 int64_t at_ms,
                 AlarmState state = AlarmState::undetermined,
                 std::string reason = "") {
    AlarmEvent out{.kind = kind, .id = "e" + std::to_string(at_ms), .at_ms = at_ms};
    out.alarm = {.id = id,
                 .definition_id = "d1",
                 .name = "cpu",
                 .severity = model::Severity::high,
                 .labels = {{"host", id}},
                 .metrics = {{"cpu", {{"host", id}}}},
                 .state = state,
                 .reason = std::move(reason),
                 .value = 1.5,
                 .state_updated_ms = at_ms,
                 .created_ms = at_ms,
                 .updated_ms = at_ms};
    return out;
}

}  // namespace

TEST_CASE("an alarm is made, joined, rings, is changed, is deleted; its history stays") {
    Fixture f;
    f.apply({event(Kind::created, "a", 10)});
    auto joined = event(Kind::joined, "a", 11);
    joined.alarm.metrics = {{"cpu", {{"host", "z"}}}, {"cpu", {{"host", "a"}}}, {"cpu", {{"host", "b"}}}};
    f.apply({joined});
    auto alarm = f.store->find("default", "a");
    REQUIRE(alarm);
    CHECK(alarm->metrics.size() == 3);
    CHECK(std::is_sorted(alarm->metrics.begin(), alarm->metrics.end()));
    CHECK(f.store->find("other", "a") == nullptr);
    CHECK(f.store->find("", "a") != nullptr);

    auto ring = event(Kind::transition, "a", 20, AlarmState::alarm, "hot");
    ring.sub_alarms = R"([{"x":1}])";
    f.apply({ring});
    CHECK(f.store->find("default", "a")->state == AlarmState::alarm);
    CHECK(f.store->find("default", "a")->created_ms == 10);
    CHECK(f.store->find("default", "a")->updated_ms == 20);
    CHECK(f.reasons({.tenant = "default"}) == std::vector<std::string>{"hot"});

    auto removed = event(Kind::deleted, "a", 30);
    removed.by = "ana";
    f.apply({removed});
    CHECK(f.store->find("default", "a") == nullptr);
    const auto history = f.store->history({.tenant = "default", .alarm_id = "a", .transitions_only = false});
    REQUIRE(history->size() == 2);
    CHECK(history->at(0).event.sub_alarms == R"([{"x":1}])");
    CHECK(history->at(1).event.kind == Kind::deleted);
    CHECK(history->at(1).event.alarm.reason == "hot");  // whole, as it was

    // what an engine says that has not heard of it yet makes no ghost
    const uint64_t unknown = alarm_events_unknown.value();
    f.apply({event(Kind::transition, "a", 40, AlarmState::ok)});
    CHECK(f.store->alarms("").empty());
    CHECK(alarm_events_unknown.value() == unknown + 1);
}

TEST_CASE("people and engines set their own members of one alarm, whoever wrote last") {
    Fixture f;
    f.apply({event(Kind::created, "a", 10), event(Kind::transition, "a", 20, AlarmState::alarm, "hot")});
    auto people = event(Kind::changed, "a", 30, AlarmState::ok, "stale");
    people.by = "ana";
    people.alarm.lifecycle_state = "OPEN";
    people.alarm.link = "http://x";
    people.alarm.acknowledged = model::Acknowledgement{.by = "ana", .reason = "mine", .at_ms = 30};
    f.apply({people}, "api");
    auto alarm = f.store->find("default", "a");
    CHECK(alarm->state == AlarmState::alarm);
    CHECK(alarm->reason == "hot");
    CHECK(alarm->acknowledged->by == "ana");

    auto texts = event(Kind::changed, "a", 40, AlarmState::alarm, "hot");
    texts.alarm.name = "cpu is hot";
    f.apply({texts});
    f.apply({event(Kind::transition, "a", 50, AlarmState::undetermined, "no data")});
    alarm = f.store->find("default", "a");
    CHECK(alarm->lifecycle_state == "OPEN");
    CHECK(alarm->acknowledged.has_value());  // it is not OK again
    CHECK(f.reasons({.tenant = "default", .transitions_only = false}) ==
          std::vector<std::string>{"hot", "hot", "no data"});

    auto manual = event(Kind::transition, "a", 60, AlarmState::ok, "Alarm state updated via API");
    manual.by = "ana";
    f.apply({manual}, "api");
    alarm = f.store->find("default", "a");
    CHECK(alarm->state == AlarmState::ok);
    CHECK(alarm->link == "http://x");
    CHECK_FALSE(alarm->acknowledged.has_value());
    CHECK(alarm->updated_ms == 60);
}

TEST_CASE("everything is there again after a restart, and a replay changes nothing") {
    Fixture f;
    AlarmBatch batch{.origin = "threshold", .covered = 77, .events = {event(Kind::created, "a", 10)}};
    const AlarmBatch second{.origin = "threshold",
                            .events = {event(Kind::transition, "a", 20, AlarmState::alarm, "hot"),
                                       event(Kind::created, "b", 20), event(Kind::deleted, "b", 21)}};
    const std::vector<AlarmRecord> records = {{.offset = 0, .batch = &batch}, {.offset = 1, .batch = &second}};
    REQUIRE(f.store->apply(records).ok());
    const uint64_t version = f.store->version();
    for (int i = 0; i < 2; ++i) {
        CHECK(f.store->applied_to() == 2);
        CHECK(f.store->covered() == 77);
        CHECK(f.store->version() == version);
        REQUIRE(f.store->alarms("default").size() == 1);
        CHECK(f.store->alarms("default")[0]->reason == "hot");
        CHECK(f.store->alarms("default")[0]->value == 1.5);
        CHECK(f.store->history({.tenant = "default"})->size() == 1);
        CHECK(alarm_gauge(2, 2).value() == 1);
        f.reopen();
        REQUIRE(f.store->apply(records).ok());
    }
    CHECK(f.store->wait_applied(1, 0));
    CHECK_FALSE(f.store->wait_applied(2, 0));
    f.store->limit_covered(50);
    CHECK(f.store->covered() == 50);
}

TEST_CASE("random events leave what a plain map would hold, over restarts") {
    Fixture f;
    std::map<std::string, std::pair<AlarmState, std::string>> model;
    size_t transitions = 0;
    std::mt19937 random(7);
    for (int round = 0; round < 60; ++round) {
        std::vector<AlarmEvent> events;
        for (int i = 0; i < 20; ++i) {
            const std::string id = "a" + std::to_string(random() % 12);
            const int64_t at_ms = round * 100 + i;
            const std::string reason = std::to_string(at_ms);
            const auto state = static_cast<AlarmState>(random() % 3);
            switch (random() % 4) {
                case 0:
                    events.push_back(event(Kind::created, id, at_ms));
                    model.emplace(id, std::pair(AlarmState::undetermined, ""));
                    break;
                case 1:
                    events.push_back(event(Kind::deleted, id, at_ms));
                    model.erase(id);
                    break;
                default:
                    events.push_back(event(Kind::transition, id, at_ms, state, reason));
                    if (const auto found = model.find(id); found != model.end()) {
                        found->second = {state, reason};
                        ++transitions;
                    }
            }
        }
        f.apply(std::move(events));
        if (round % 10 == 9) f.reopen();
        std::map<std::string, std::pair<AlarmState, std::string>> held;
        for (const auto& alarm : f.store->alarms("default"))
            held[alarm->id] = {alarm->state, alarm->reason};
        REQUIRE(held == model);
    }
    CHECK(f.store->history({.tenant = "default", .limit = 100'000})->size() == transitions);
}

TEST_CASE("the history is read page by page in both directions, by alarm, definition, tenant and time") {
    Fixture f;
    std::vector<AlarmEvent> events = {event(Kind::created, "a", 1), event(Kind::created, "b", 1)};
    for (int i = 0; i < 10; ++i) {
        events.push_back(
            event(Kind::transition, i % 2 == 0 ? "a" : "b", 100 + i, AlarmState::alarm, std::to_string(i)));
        events.back().alarm.definition_id = i % 2 == 0 ? "d1" : "d2";
    }
    auto foreign = event(Kind::created, "c", 1);
    foreign.alarm.tenant = "shop";
    events.push_back(foreign);
    foreign.kind = Kind::transition;
    foreign.alarm.reason = "theirs";
    events.push_back(foreign);
    f.apply(std::move(events));
    const auto page = f.store->history({.tenant = "default", .limit = 4});
    REQUIRE(page->size() == 4);
    CHECK(page->back().event.alarm.reason == "3");
    CHECK(f.reasons({.tenant = "default", .after_number = page->back().number, .limit = 3}) ==
          std::vector<std::string>{"4", "5", "6"});
    const auto newest = f.store->history({.tenant = "default", .newest_first = true, .limit = 2});
    CHECK(newest->at(1).event.alarm.reason == "8");
    CHECK(f.reasons({.tenant = "default", .after_number = newest->at(1).number, .newest_first = true, .limit = 2}) ==
          std::vector<std::string>{"7", "6"});
    CHECK(f.reasons({.tenant = "default", .alarm_id = "b", .limit = 2}) == std::vector<std::string>{"1", "3"});
    CHECK(f.reasons({.tenant = "shop"}) == std::vector<std::string>{"theirs"});
    CHECK(f.reasons({.tenant = "shop", .alarm_id = "b"}).empty());
    CHECK(f.reasons({.tenant = "default", .definition_id = "d2", .limit = 1}) == std::vector<std::string>{"1"});
    CHECK(f.reasons({.tenant = "default", .from_ms = 103, .to_ms = 105}) == std::vector<std::string>{"3", "4"});
    CHECK(f.reasons({.tenant = "default", .from_ms = 103, .to_ms = 106, .newest_first = true, .limit = 1}) ==
          std::vector<std::string>{"5"});
    CHECK(f.reasons({.tenant = "default", .from_ms = 500}).empty());
    const auto odd = [](const AlarmEvent& e) { return e.alarm.id == "b"; };
    CHECK(f.reasons({.tenant = "default", .limit = 2, .accept = odd}) == std::vector<std::string>{"1", "3"});
}

TEST_CASE("old and surplus history goes, numbers go on") {
    Fixture f;
    f.config.history_entries_max = 3;
    f.config.history_ms = 1000;
    f.reopen();
    f.apply({event(Kind::created, "a", 1)});
    for (int i = 0; i < 5; ++i)
        f.apply({event(Kind::transition, "a", 1'000'000 + i, AlarmState::alarm, std::to_string(i))});
    REQUIRE(f.store->trim().ok());
    CHECK(f.reasons({.tenant = "default"}) == std::vector<std::string>{"2", "3", "4"});
    f.clock.set_ms(1'001'004);
    REQUIRE(f.store->trim().ok());
    const auto left = f.store->history({.tenant = "default"});
    REQUIRE(left->size() == 1);
    f.clock.set_ms(2'000'000);
    REQUIRE(f.store->trim().ok());
    CHECK(f.reasons({.tenant = "default"}).empty());
    f.reopen();
    f.apply({event(Kind::transition, "a", 2'000'001, AlarmState::alarm, "new")});
    CHECK(f.store->history({.tenant = "default"})->at(0).number > left->at(0).number);
}

TEST_CASE("the watch tells when the worst of all alarms changed, over restarts") {
    Fixture f;
    f.apply({event(Kind::created, "a", 10, AlarmState::ok), event(Kind::created, "b", 11, AlarmState::ok)});
    f.apply({event(Kind::transition, "a", 20, AlarmState::alarm), event(Kind::transition, "b", 21, AlarmState::alarm)});
    f.reopen();
    f.apply({event(Kind::transition, "a", 30, AlarmState::ok),
             event(Kind::transition, "b", 31, AlarmState::undetermined), event(Kind::deleted, "b", 40),
             event(Kind::deleted, "a", 41)});
    const auto text = [&](int64_t from_ms, int64_t to_ms, size_t limit = 100) {
        std::string out;
        const auto entries = f.store->watch("default", from_ms, to_ms, limit);
        for (const WatchEntry& e : entries.value())
            out += fmt::format("{} {} ", e.at_ms, e.state ? std::string(to_string(*e.state)) : "none");
        return out;
    };
    CHECK(text(0, 100) == "10 OK 20 ALARM 31 UNDETERMINED 40 OK 41 none ");
    CHECK(text(25, 41) == "20 ALARM 31 UNDETERMINED 40 OK ");
    CHECK(text(25, 41, 2) == "31 UNDETERMINED 40 OK ");
    CHECK(f.store->watch("shop", 0, 100, 10)->empty());
    f.clock.set_ms(f.config.history_ms + 25);
    REQUIRE(f.store->trim().ok());
    CHECK(text(0, 100) == "20 ALARM 31 UNDETERMINED 40 OK 41 none ");
}

TEST_CASE("one alarm more than alarms.max is not made, and counted") {
    Fixture f;
    f.config.alarms_max = 2;
    f.reopen();
    const uint64_t refused = alarms_refused.value();
    f.apply({event(Kind::created, "a", 1), event(Kind::created, "b", 1), event(Kind::created, "c", 1),
             event(Kind::transition, "c", 2, AlarmState::alarm)});
    CHECK(f.store->alarm_count() == 2);
    CHECK(alarms_refused.value() == refused + 1);
    f.apply({event(Kind::deleted, "a", 3), event(Kind::created, "c", 4)});
    CHECK(f.store->find("default", "c") != nullptr);
}

TEST_CASE("rows that no longer read are passed over and counted") {
    Fixture f;
    f.apply({event(Kind::created, "a", 1), event(Kind::created, "b", 1),
             event(Kind::transition, "a", 2, AlarmState::alarm, "one"),
             event(Kind::transition, "a", 3, AlarmState::ok, "two")});
    f.store.reset();
    auto db = Database::open(f.dir.file("alarms.sqlite"));
    REQUIRE(db->execute("UPDATE alarms SET alarm='{' WHERE id='b'; UPDATE history SET event='[]' WHERE at_ms=2").ok());
    const uint64_t damaged = alarm_rows_damaged.value();
    f.store = f.open();
    CHECK(f.store->alarms("default").size() == 1);
    CHECK(f.reasons({.tenant = "default"}) == std::vector<std::string>{"two"});
    CHECK(alarm_rows_damaged.value() == damaged + 2);
    // a row of that slot is not overwritten by a new alarm's
    f.apply({event(Kind::created, "c", 5)});
    f.reopen();
    CHECK(f.store->alarms("default").size() == 2);
}

TEST_CASE("a copy holds everything and opens by itself; a newer file is refused") {
    Fixture f;
    f.apply({event(Kind::created, "a", 1), event(Kind::transition, "a", 2, AlarmState::alarm, "hot")});
    const std::string copy = f.dir.file("copy.sqlite");
    REQUIRE(f.store->copy_to(copy).ok());
    auto opened = AlarmStore::open(copy, f.config, f.clock);
    REQUIRE(opened.ok());
    CHECK((*opened)->applied_to() == 1);
    CHECK((*opened)->history({.tenant = "default"})->size() == 1);
    opened->reset();
    REQUIRE(Database::open(copy)->execute("PRAGMA user_version=99").ok());
    CHECK_FALSE(AlarmStore::open(copy, f.config, f.clock).ok());
}
