// Alarms that were silenced when they began to ring.
#include "notify/notify_fixture.h"

#include <filesystem>

using namespace belfry;
using tests::NotifyFixture;

namespace {

struct Fixture : NotifyFixture {
    explicit Fixture(notify::NotifyConfig with = {}) : NotifyFixture(std::move(with)) {
        method("hook");
        definition({"hook"}, {"hook"});
        silence("s1", "host", "web-1", 60'000);
        ring();
        engine->step();
        REQUIRE(network.seen.empty());
    }
};

}  // namespace

TEST_CASE("who still rings when a silence ends is told then, once, with the transition's key") {
    Fixture f;
    SUBCASE("it expires") {
        f.pass(60'000);
    }
    SUBCASE("it is removed") {
        REQUIRE(f.changes->remove_document(catalog::SILENCE, "s1", "default", "t").ok());
        f.pass(0);
    }
    SUBCASE("it ends early") {
        f.silence("s1", "host", "web-1", 1'000);
        f.pass(1'000);
    }
    SUBCASE("over a restart") {
        REQUIRE(f.engine->flush(true).ok());
        f.open();
        f.pass(59'000);
        CHECK(f.network.seen.empty());
        f.pass(1'000);
    }
    REQUIRE(f.network.seen.size() == 1);
    CHECK(f.network.seen[0].body.find("\"state\":\"ALARM\"") != std::string::npos);
    CHECK(std::find(f.network.seen[0].headers.begin(), f.network.seen[0].headers.end(),
                    std::pair<std::string, std::string>("Idempotency-Key", "t1")) != f.network.seen[0].headers.end());
    CHECK(f.rows("silenced").size() == 1);
    CHECK(f.rows("sent").size() == 1);
    f.pass(600'000);
    f.open();
    f.pass(600'000);
    CHECK(f.network.seen.size() == 1);
    f.calm();
    f.pass(0);
    CHECK(f.network.seen.size() == 2);
}

TEST_CASE("what ended, is looked after or gone is not told when the silence ends") {
    Fixture f;
    SUBCASE("over") {
        f.calm();
        f.pass(60'000);
        CHECK(f.rows("silenced").size() == 2);
    }
    SUBCASE("acknowledged") {
        f.acknowledge("a1");
    }
    SUBCASE("deleted") {
        auto gone = f.transition("a1", model::AlarmState::alarm);
        gone.kind = model::AlarmEvent::Kind::deleted;
        f.apply(std::move(gone));
    }
    SUBCASE("another silence holds") {
        f.silence("s2", "alarm_id", "a1", 3'600'000);
    }
    SUBCASE("over a restart") {
        f.calm();
        REQUIRE(f.engine->flush(true).ok());
        f.open();
    }
    f.pass(60'000);
    f.pass(60'000);
    CHECK(f.network.seen.empty());
}

TEST_CASE("who was inhibited is told when the other alarm is over") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.routing("inhibit_rules:\n- source_matchers: [kind=host]\n  target_matchers: [kind=service]\n  equal: [host]\n");
    f.ring("h", {{"host", "web-1"}, {"kind", "host"}});
    f.ring("s", {{"host", "web-1"}, {"kind", "service"}});
    f.engine->step();
    CHECK(f.network.seen.size() == 1);
    f.calm("h", {{"host", "web-1"}, {"kind", "host"}});
    f.pass(10'000);
    REQUIRE(f.network.seen.size() == 2);
    CHECK(f.network.seen[1].body.find("\"alarm_id\":\"s\"") != std::string::npos);
}

TEST_CASE("no more than notify.hushed_max alarms wait for the end of a silence") {
    Fixture f({.hushed_max = 1});
    f.ring("a2");
    f.pass(60'000);
    CHECK(f.network.seen.size() == 1);
}

TEST_CASE("a copy of the store tells what was not told") {
    Fixture f;
    f.network.down = true;
    f.ring("a2", {{"host", "web-2"}});
    f.engine->step();
    REQUIRE(f.engine->copy_to(f.dir.file("copy.sqlite")).ok());
    f.engine.reset();
    std::filesystem::remove(f.dir.file("notify.sqlite-wal"));
    std::filesystem::remove(f.dir.file("notify.sqlite-shm"));
    std::filesystem::rename(f.dir.file("copy.sqlite"), f.dir.file("notify.sqlite"));
    f.network.down = false;
    f.open();
    CHECK(f.engine->stored_to() == 2);
    f.network.seen.clear();
    f.pass(60'000);
    CHECK(f.network.seen.size() == 2);
    CHECK(f.rows("sent").size() == 2);
}

TEST_CASE("after a crash a record that is applied again does not make it forgotten") {
    NotifyFixture f;
    f.method("hook");
    f.definition({"hook"});
    f.silence("s1", "host", "web-1", 60'000);
    const auto first = f.transition("a2", model::AlarmState::alarm, {{"host", "web-2"}});
    const auto second = f.transition("a1", model::AlarmState::alarm);
    const auto apply_both = [&] {
        f.engine->apply(0, 1, {.origin = "threshold", .covered = 0, .events = {first}});
        f.engine->apply(1, 2, {.origin = "threshold", .covered = 0, .events = {second}});
    };
    apply_both();  // the first is on its way and holds the position
    REQUIRE(f.engine->flush(false).ok());
    CHECK(f.engine->stored_to() == 0);
    const std::filesystem::path saved = f.dir.file("saved");
    std::filesystem::create_directory(saved);
    for (const char* name : {"notify.sqlite", "notify.sqlite-wal"})
        if (std::filesystem::exists(f.dir.file(name))) std::filesystem::copy_file(f.dir.file(name), saved / name);
    f.engine.reset();
    for (const char* name : {"notify.sqlite", "notify.sqlite-wal", "notify.sqlite-shm"})
        std::filesystem::remove(f.dir.file(name));
    for (const auto& file : std::filesystem::directory_iterator(saved))
        std::filesystem::rename(file.path(), f.dir.file(file.path().filename().string()));
    f.open();
    apply_both();
    f.pass(0);
    CHECK(f.network.seen.size() == 1);
    CHECK(f.rows("silenced").size() == 1);
    f.pass(60'000);
    CHECK(f.network.seen.size() == 2);
    CHECK(f.rows("sent").size() == 2);
}
