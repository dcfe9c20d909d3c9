#include "engine_driver.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"

#include <doctest/doctest.h>

namespace belfry::alarm {
namespace {

using Kind = model::AlarmEvent::Kind;
using model::AlarmState;

/// The alarms as a store would have them after what the first engine told.
std::vector<model::Alarm> stored(const EngineDriver& driver) {
    std::map<std::string, model::Alarm> out;
    for (const auto& seen : driver.seen) {
        const model::AlarmEvent& event = seen.event;
        if (event.kind == Kind::created || event.kind == Kind::transition) out[event.alarm.id] = event.alarm;
        if (event.kind == Kind::joined)
            for (const auto& metric : event.alarm.metrics)
                out[event.alarm.id].metrics.push_back(metric);
    }
    std::vector<model::Alarm> alarms;
    for (auto& [id, alarm] : out) {
        std::sort(alarm.metrics.begin(), alarm.metrics.end());
        alarms.push_back(std::move(alarm));
    }
    return alarms;
}

/// Another engine that begins where the first one's snapshot ends, at `at_s`.
void restart(const EngineDriver& before, EngineDriver& after, const std::string& snapshot, int64_t at_s) {
    after.series = before.series;
    after.log_series = false;
    after.ids = before.ids;
    after.documents = before.documents;
    after.engine.set_definitions(after.documents, EngineDriver::BASE_MS);
    for (const model::Alarm& alarm : stored(before))
        after.engine.adopt(alarm, EngineDriver::BASE_MS);
    after.engine.set_silent(true);
    if (!snapshot.empty()) REQUIRE(after.engine.load(snapshot).ok());
    after.engine.set_silent(false);
    after.engine.resume(EngineDriver::BASE_MS + at_s * 1'000);
    after.now_s = at_s;
    after.note();
}

std::string told(const EngineDriver& driver) {
    std::string out;
    for (const auto& s : driver.seen)
        out += fmt::format("{}{}@{} ", s.event.kind == Kind::transition ? "" : "!",
                           EngineDriver::letter(s.event.alarm.state), s.at_s);
    return out;
}

}  // namespace

TEST_CASE("windows go on after a restart as if there had been none") {
    EngineDriver before;
    before.define(EngineDriver::definition("avg(m) > 10 times 2"));
    before.sample(2, "m", 20);
    before.sample(62, "m", 20);
    EngineDriver after;
    restart(before, after, before.engine.save(7), 64);
    after.until(160);
    CHECK(told(after) == "A@151 ");
    CHECK(after.seen[0].event.alarm.id == before.seen[0].event.alarm.id);
    CHECK(after.seen[0].event.alarm.metrics.size() == 1);
}

TEST_CASE("a restart rings nothing falsely and takes nothing back") {
    EngineDriver before;
    before.define(EngineDriver::definition("max(m) > 10"));
    before.sample(2, "m", 20);
    CHECK(before.states() == "U A@2");
    const std::string snapshot = before.engine.save(7);
    SUBCASE("at once") {
        EngineDriver after;
        restart(before, after, snapshot, 5);
        after.sample(6, "m", 30);
        after.until(95);
        CHECK(told(after) == "");
        after.sample(100, "m", 1);
        after.until(152);
        CHECK(told(after) == "O@151 ");
    }
    SUBCASE("after an hour: gaps of that time are nobody's fault") {
        EngineDriver after;
        restart(before, after, snapshot, 3'605);
        after.until(3'600 + 91 + 60);
        CHECK(told(after) == "");
        after.until(3'600 + 91 + 120);
        CHECK(told(after) == "U@3811 ");
    }
    SUBCASE("without its windows") {
        EngineDriver after;
        restart(before, after, "", 5);
        after.sample(6, "m", 30);
        CHECK(told(after) == "");
        after.sample(65, "m", 1);
        after.until(200);
        CHECK(told(after) == "O@151 ");
    }
}

TEST_CASE("a window that ended before the stop is judged after it") {
    EngineDriver before;
    before.define(EngineDriver::definition("avg(m) > 10"));
    before.sample(2, "m", 20);
    before.until(70);
    EngineDriver after;
    restart(before, after, before.engine.save(7), 200);
    CHECK(told(after) == "A@200 ");
}

TEST_CASE("a window that the stop cut is not judged") {
    EngineDriver before;
    before.define(EngineDriver::definition("count(m) < 3"));
    before.sample(2, "m", 20);
    before.until(30);
    EngineDriver after;
    restart(before, after, before.engine.save(7), 200);
    after.until(240);
    CHECK(told(after) == "");
}

TEST_CASE("a state of last survives, and so does what waits") {
    EngineDriver before;
    before.define(EngineDriver::definition("last(a) > 1 and last(b) > 1", {"h"}));
    before.sample(2, "a", 2, {{"h", "x"}});
    EngineDriver after;
    restart(before, after, before.engine.save(7), 500);
    CHECK(after.engine.waiting_count() == 1);
    after.log_series = true;
    after.sample(501, "b", 2, {{"h", "x"}});
    CHECK(after.states({{"h", "x"}}) == "U A@501");
    EngineDriver third;
    third.seen.clear();
    restart(after, third, after.engine.save(9), 9'000);
    third.sample(9'001, "a", 2, {{"h", "x"}});
    CHECK(told(third) == "");
    third.sample(9'002, "a", 0, {{"h", "x"}});
    CHECK(told(third) == "O@9002 ");
}

TEST_CASE("what was told before a restart is not told again by the replay") {
    EngineDriver before;
    before.define(EngineDriver::definition("last(m) > 10"));
    const std::string snapshot = before.engine.save(7);
    before.sample(2, "m", 20);
    before.sample(4, "m", 1);
    EngineDriver after;
    after.series = before.series;
    after.documents = before.documents;
    after.engine.set_definitions(after.documents, EngineDriver::BASE_MS);
    for (const model::Alarm& alarm : stored(before))
        after.engine.adopt(alarm, EngineDriver::BASE_MS);
    REQUIRE(after.engine.load(snapshot).ok());
    after.log_series = false;
    after.engine.set_silent(true);
    after.sample(2, "m", 20);
    after.sample(4, "m", 1);
    after.engine.set_silent(false);
    after.sample(5, "m", 30);
    CHECK(told(after) == "A@5 ");
    after.engine.resume(EngineDriver::BASE_MS + 6'000);
    CHECK(after.engine.take_events().empty());
}

TEST_CASE("alarms of definitions that went meanwhile are deleted") {
    EngineDriver before;
    before.define(EngineDriver::definition("last(m) > 10"));
    before.sample(2, "m", 20);
    EngineDriver after;
    for (const model::Alarm& alarm : stored(before))
        after.engine.adopt(alarm, EngineDriver::BASE_MS);
    after.note();
    CHECK(after.count(Kind::deleted) == 1);
}

TEST_CASE("the golden file of windows reads and writes as ever") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("avg(a) > 1 or max(b, 120) > 1 times 2", {"h"}));
    driver.sample(2, "a", 2.5, {{"h", "x"}});
    driver.sample(2, "b", 0.5, {{"h", "x"}});
    driver.sample(3, "b", 7, {{"h", "y"}});
    driver.until(100);
    const std::string bytes = driver.engine.save(812);
    const std::string path = "tests/golden/alarm_windows/example.bin";
    if (std::getenv("BELFRY_GOLDEN") != nullptr) {
        REQUIRE(real_file_system().make_dirs("tests/golden/alarm_windows").ok());
        REQUIRE(write_file_atomically(real_file_system(), path, bytes).ok());
    }
    const auto golden = read_file(real_file_system(), path, 1 << 20);
    REQUIRE(golden.ok());
    CHECK(*golden == bytes);
    CHECK(driver.engine.load(*golden).value() == 812);
    CHECK(driver.engine.save(812) == bytes);
}

TEST_CASE("a damaged file of windows changes nothing") {
    EngineDriver driver;
    driver.define(EngineDriver::definition("avg(a) > 1 or max(b, 120) > 1 times 2", {"h"}));
    driver.sample(2, "a", 2, {{"h", "x"}});
    driver.sample(2, "b", 0.5, {{"h", "x"}});
    driver.sample(2, "b", 0.5, {{"h", "y"}});
    const std::string good = driver.engine.save(7);
    CHECK(saved_offset(good).value() == 7);
    CHECK(driver.engine.load(good).value() == 7);
    CHECK(driver.engine.save(7) == good);
    for (size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0x40);
        CHECK(!driver.engine.load(bad).ok());
        CHECK(!driver.engine.load(std::string_view(good).substr(0, i)).ok());
        // with a checksum that holds: no crash, whatever it says
        bad.resize(bad.size() - 4);
        put_le(bad, crc32c(bad));
        (void)saved_offset(bad);
    }
    CHECK(driver.engine.save(7) == good);
}

}  // namespace belfry::alarm
