#include "store/metric/metric_store.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using belfry::tests::TempDir;
using model::Matcher;

namespace {

constexpr int64_t NOW = 1'790'000'000'000;
constexpr int64_t DAY = 86'400'000;

/// A store fed by records, with the log beside it for a replay.
struct Fixture {
    TempDir dir;
    ManualClock clock{NOW};
    std::vector<model::MetricBatch> log;
    std::string crash_at;
    std::unique_ptr<store::MetricStore> store = open();

    struct Crash {};
    std::unique_ptr<store::MetricStore> open() {
        auto opened = store::MetricStore::open(real_file_system(), clock, {dir.path(), {}, [this](std::string_view at) {
                                                                               if (at == crash_at) throw Crash();
                                                                           }});
        REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
        return std::move(*opened);
    }
    void replay() {
        for (size_t offset = store->applied_offset(); offset < log.size(); ++offset)
            REQUIRE(store->apply(log[offset], offset).ok());
    }
    void reopen() {
        store.reset();
        store = open();
        replay();
    }
    void write(std::initializer_list<std::pair<model::HeadId, model::Labels>> series, int64_t time_ms, double value) {
        model::MetricBatch batch;
        batch.series_day = static_cast<int32_t>(NOW / DAY);
        batch.times_ms = {time_ms};
        for (const auto& [id, labels] : series) {
            batch.add_series(id, labels.bytes());
            batch.ids.push_back(id);
            batch.time_index.push_back(0);
            batch.values.push_back(value);
        }
        log.push_back(std::move(batch));
        replay();
    }
    void push_erase(const char* name, const char* value, const std::string& tenant = "default") {
        model::MetricBatch batch;
        batch.deletions.push_back({tenant, {Matcher::make(Matcher::Op::equal, name, value).value()}});
        log.push_back(std::move(batch));
    }
    void erase(const char* name, const char* value, const std::string& tenant = "default") {
        push_erase(name, value, tenant);
        replay();
    }
    /// "labels: value@time ..." of everything.
    std::vector<std::string> all(std::string_view tenant = "default") {
        const auto selection = store->select(tenant, {}, {0, NOW * 2}, 0);
        REQUIRE(selection.ok());
        std::vector<std::string> out;
        for (size_t i = 0; i < (*selection)->series().size(); ++i) {
            model::SampleColumns samples;
            store::ReadCounts counts;
            REQUIRE((*selection)->read(i, {0, NOW * 2}, samples, counts).ok());
            std::string line = (*selection)->series()[i].to_string() + ":";
            for (size_t k = 0; k < samples.size(); ++k)
                line += fmt::format(" {}@{}", samples.values[k], samples.times_ms[k] - NOW);
            out.push_back(std::move(line));
        }
        return out;
    }
    std::vector<std::string> values(const char* name) {
        store::MetricScope scope;
        scope.range = {0, NOW * 2};
        auto out = store->label_values(scope, name);
        REQUIRE(out.ok());
        return *out;
    }
};

const model::Labels DEMO{{"__name__", "up"}, {"demo", "true"}};
const model::Labels REAL{{"__name__", "up"}, {"job", "real"}};
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("erased series are gone from the head, from seals and from parts, and the others stay") {
    for (const char* where : {"head", "seal", "part", "mixed"}) {
        CAPTURE(where);
        Fixture f;
        f.write({{1, DEMO}, {2, REAL}}, NOW - 3000, 1);
        if (where == std::string("seal") || where == std::string("mixed")) REQUIRE(f.store->seal().ok());
        if (where == std::string("part") || where == std::string("mixed")) REQUIRE(f.store->compact().ok());
        f.write({{1, DEMO}, {2, REAL}}, NOW - 2000, 2);
        f.erase("demo", "true");
        const Lines expected = {R"(up{job="real"}: 1@-3000 2@-2000)"};
        CHECK(f.all() == expected);
        CHECK(f.values("demo").empty());
        CHECK(f.store->metrics("default", "", 0).at(0).series == 1);
        f.reopen();
        CHECK(f.all() == expected);
        REQUIRE(f.store->compact().ok());
        f.reopen();
        CHECK(f.all() == expected);
        CHECK(f.values("demo").empty());
    }
}

TEST_CASE("what comes after a deletion stays, also at times that were erased") {
    Fixture f;
    f.write({{1, DEMO}}, NOW - 3000, 1);
    REQUIRE(f.store->compact().ok());
    f.erase("demo", "true");
    CHECK(f.all().empty());
    f.write({{1, DEMO}}, NOW - 3000, 7);
    const Lines expected = {R"(up{demo="true"}: 7@-3000)"};
    CHECK(f.all() == expected);
    REQUIRE(f.store->seal().ok());
    CHECK(f.all() == expected);
    REQUIRE(f.store->compact().ok());
    f.reopen();
    CHECK(f.all() == expected);
    f.erase("demo", "true");
    CHECK(f.all().empty());
}

TEST_CASE("a part that is not rewritten hides what is erased in it") {
    Fixture f;
    // ten days ago, much larger than what is new: the fold leaves the file alone
    for (int64_t i = 0; i < 400; ++i)
        f.write({{1, DEMO}, {2, REAL}}, NOW - 10 * DAY + i * 1000, 1);
    REQUIRE(f.store->compact().ok());
    f.write({{1, DEMO}, {2, REAL}}, NOW - 1000, 2);
    f.erase("demo", "true");
    for (int round = 0; round < 2; ++round) {
        CHECK(f.all().size() == 1);
        CHECK(f.values("job") == Lines{"real"});
        CHECK(f.values("demo").empty());
        store::MetricScope scope;
        scope.range = {0, NOW * 2};
        CHECK(*f.store->label_names(scope) == Lines{"__name__", "job"});
        f.reopen();
    }
}

TEST_CASE("a deletion stays in its tenant") {
    Fixture f;
    f.write({{1, DEMO}, {2, model::Labels{{"", "team"}, {"__name__", "up"}, {"demo", "true"}}}}, NOW - 1000, 1);
    f.erase("demo", "true", "team");
    CHECK(f.all().size() == 1);
    CHECK(f.all("team").empty());
    REQUIRE(f.store->compact().ok());
    CHECK(f.all().size() == 1);
    CHECK(f.all("team").empty());
}

TEST_CASE("a crash at any moment of a deletion leaves it to be done again") {
    for (const char* at : {"seal.begin", "seal.written", "seal.published", "erase.sealed", "erase.published",
                           "fold.begin", "fold.part", "fold.written", "fold.published", "fold.removed"}) {
        CAPTURE(at);
        Fixture f;
        f.write({{1, DEMO}, {2, REAL}}, NOW - 3000, 1);
        REQUIRE(f.store->seal().ok());
        f.write({{1, DEMO}, {2, REAL}}, NOW - 2000, 2);
        f.push_erase("demo", "true");
        f.crash_at = at;
        CHECK_THROWS_AS(static_cast<void>(f.store->apply(f.log[2], 2)), Fixture::Crash);
        f.crash_at.clear();
        f.reopen();
        CHECK(f.all() == Lines{R"(up{job="real"}: 1@-3000 2@-2000)"});
        f.write({{1, DEMO}}, NOW, 3);
        f.reopen();
        CHECK(f.all().size() == 2);
    }
}

TEST_CASE("deletions of the same series are one tombstone") {
    Fixture f;
    f.write({{1, DEMO}, {2, REAL}}, NOW - 10 * DAY, 1);
    REQUIRE(f.store->compact().ok());
    for (int i = 0; i < 50; ++i) {
        f.write({{1, DEMO}}, NOW - 1000 + i, 1);
        f.erase("demo", "true");
    }
    CHECK(f.all().size() == 1);
    f.reopen();
    CHECK(f.all().size() == 1);
}

namespace {

void erase_range(Fixture& f, const char* name, const char* value, int64_t from_ms, int64_t to_ms) {
    model::MetricBatch batch;
    batch.deletions.push_back({"default", {Matcher::make(Matcher::Op::equal, name, value).value()}, {from_ms, to_ms}});
    f.log.push_back(std::move(batch));
    f.replay();
}

}  // namespace

TEST_CASE("a range is erased from head, seals and parts, what comes later in the log stays, and a restart changes nothing") {
    Fixture f;
    f.write({{1, DEMO}, {2, REAL}}, NOW - 3000, 1);
    REQUIRE(f.store->compact().ok());
    f.write({{1, DEMO}, {2, REAL}}, NOW - 2000, 2);
    REQUIRE(f.store->seal().ok());
    f.write({{1, DEMO}, {2, REAL}}, NOW - 1000, 3);
    erase_range(f, "demo", "true", NOW - 3000, NOW - 1000);
    const Lines rest{"up{demo=\"true\"}: 3@-1000", "up{job=\"real\"}: 1@-3000 2@-2000 3@-1000"};
    CHECK(f.all() == rest);
    f.reopen();
    CHECK(f.all() == rest);
    f.write({{1, DEMO}}, NOW - 2000, 7);
    const Lines again{"up{demo=\"true\"}: 7@-2000 3@-1000", rest[1]};
    CHECK(f.all() == again);
    REQUIRE(f.store->compact().ok());
    CHECK(f.all() == again);
    f.reopen();
    CHECK(f.all() == again);
    CHECK(f.store->status().tombstones == 0);  // the fold rewrote all
    // the newest of what is left
    const auto selection = f.store->select("default", {}, {0, NOW - 1000}, 0);
    REQUIRE(selection.ok());
    model::SampleColumns newest;
    store::ReadCounts counts;
    REQUIRE((*selection)->read_newest(0, {0, NOW - 1000}, true, newest, counts).ok());
    CHECK(newest.values == std::vector<double>{7});
}

TEST_CASE("metadata goes with the last series of its name, also of a family, and comes back with a new one") {
    Fixture f;
    const model::Labels bucket{{"__name__", "lat_bucket"}, {"demo", "true"}, {"le", "1"}};
    f.write({{1, DEMO}, {2, REAL}, {3, bucket}}, NOW, 1);
    const auto say = [&](const char* name) {
        model::MetricBatch batch;
        batch.metadata.push_back({"default", name, model::MetricType::gauge, "", "help"});
        f.log.push_back(std::move(batch));
        f.replay();
    };
    const auto names = [&] {
        Lines out;
        for (const auto& m : f.store->metadata("default", "", 0)) out.push_back(m.name);
        return out;
    };
    say("up");
    say("lat");
    say("unseen");
    f.erase("demo", "true");
    CHECK(names() == Lines{"unseen", "up"});
    f.reopen();
    CHECK(names() == Lines{"unseen", "up"});
    CHECK(f.store->metrics("default", "", 0).size() == 1);
    f.write({{4, bucket}}, NOW + 1, 1);
    say("lat");
    REQUIRE(f.store->compact().ok());
    f.reopen();
    CHECK(names() == Lines{"lat", "unseen", "up"});
}

TEST_CASE("a snapshot is a store of its own, and lives on when the store folds and forgets") {
    Fixture f;
    f.write({{1, DEMO}, {2, REAL}}, NOW, 1);
    REQUIRE(f.store->compact().ok());
    f.write({{1, DEMO}}, NOW + 1000, 2);
    const std::string without = f.dir.path() + "/without";
    const std::string with = f.dir.path() + "/with";
    REQUIRE(f.store->snapshot(without, false).ok());
    REQUIRE(f.store->snapshot(with, true).ok());
    f.erase("demo", "true");
    REQUIRE(f.store->compact().ok());
    const auto lines_of = [&](const std::string& directory) {
        auto opened = store::MetricStore::open(real_file_system(), f.clock, {directory, {}, {}});
        REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
        std::swap(f.store, *opened);
        const Lines out = f.all();
        std::swap(f.store, *opened);
        return out;
    };
    CHECK(lines_of(without) == Lines{"up{demo=\"true\"}: 1@0", "up{job=\"real\"}: 1@0"});
    CHECK(lines_of(with) == Lines{"up{demo=\"true\"}: 1@0 2@1000", "up{job=\"real\"}: 1@0"});
}
