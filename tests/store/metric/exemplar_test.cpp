#include "store/metric/exemplar_buffer.h"
#include "store/metric/exemplar_table.h"
#include "store/metric/metric_store.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using belfry::tests::TempDir;
using store::ExemplarBuffer;

namespace {

constexpr int64_t NOW_MS = 1'790'000'000'000;
constexpr model::TimeRange ALL{0, int64_t{1} << 60};

model::Exemplar at(int64_t time_ms) {
    return {time_ms, static_cast<double>(time_ms % 7), model::Labels{{"trace_id", std::to_string(time_ms)}}};
}

std::vector<int64_t> times(const std::vector<model::Exemplar>& exemplars) {
    std::vector<int64_t> out;
    for (const auto& e : exemplars)
        out.push_back(e.time_ms);
    return out;
}

}  // namespace

TEST_CASE("the oldest exemplars of a series and of all give way, and a repeated one is kept once") {
    ExemplarBuffer buffer(3, 5);
    for (const int64_t t : {10, 20, 20, 15, 30})
        buffer.add(1, at(t));
    CHECK(times(buffer.of(1)) == std::vector<int64_t>{15, 20, 30});
    CHECK(buffer.count() == 3);
    CHECK(buffer.add(2, at(1)) == 0);
    CHECK(buffer.add(2, at(2)) == 0);
    CHECK(buffer.add(3, at(3)) == 1);  // all are full: the oldest of series 1 goes
    CHECK(times(buffer.of(1)) == std::vector<int64_t>{15, 30});
    for (int64_t t = 100; t < 200; t++)
        buffer.add(static_cast<store::Slot>(t % 9), at(t));
    CHECK(buffer.count() == 5);
    size_t count = 0;
    for (const auto& [slot, exemplars] : buffer.all())
        count += exemplars.size();
    CHECK(count == 5);
    ExemplarBuffer none(0, 5);
    CHECK(none.add(1, at(1)) == 1);
    CHECK(none.count() == 0);
}

TEST_CASE("a damaged record of exemplars is refused") {
    std::string bytes;
    store::encode_exemplars(std::vector{at(5), at(9)}, bytes);
    std::vector<model::Exemplar> out;
    REQUIRE(store::decode_exemplars(bytes, ALL, out));
    CHECK(out == std::vector{at(5), at(9)});
    for (size_t cut = 0; cut < bytes.size(); cut++)
        CHECK_FALSE(store::decode_exemplars(std::string_view(bytes).substr(0, cut), ALL, out));
}

TEST_CASE("exemplars outlive seal, restart and fold, keep to their limits, and go with their series") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    store::MetricStoreConfig config;
    config.exemplars_per_series_max = 4;
    const auto open = [&] {
        return store::MetricStore::open(real_file_system(), clock, {dir.path(), config, {}}).value();
    };
    auto store = open();
    uint64_t offset = 0;
    const auto write = [&](int64_t time_ms, int count) {
        model::MetricBatch batch;
        batch.series_day = static_cast<int32_t>(NOW_MS / 86'400'000);
        for (model::HeadId id = 1; id <= 2; id++) {
            batch.add_series(id, model::Labels{{"__name__", "x"}, {"n", std::to_string(id)}}.bytes());
            batch.ids.push_back(id);
            batch.time_index.push_back(0);
            batch.values.push_back(1);
            for (int i = 0; i < count; i++)
                batch.exemplars.push_back({id, at(time_ms + i)});
        }
        batch.times_ms = {time_ms};
        REQUIRE(store->apply(batch, offset++).ok());
    };
    const auto of_first = [&] {
        const auto found =
            store->exemplars("default", {model::Matcher::make(model::Matcher::Op::equal, "n", "1").value()}, ALL, 0)
                .value();
        return found.empty() ? std::vector<int64_t>() : times(found[0].exemplars);
    };
    write(NOW_MS, 2);
    CHECK(of_first() == std::vector<int64_t>{NOW_MS, NOW_MS + 1});
    REQUIRE(store->seal().ok());
    write(NOW_MS + 10, 3);
    CHECK(of_first().size() == 5);
    store.reset();
    store = open();
    offset = 1;
    CHECK(of_first() == std::vector<int64_t>{NOW_MS, NOW_MS + 1});
    write(NOW_MS + 10, 3);
    REQUIRE(store->compact().ok());
    CHECK(of_first() == std::vector<int64_t>{NOW_MS + 1, NOW_MS + 10, NOW_MS + 11, NOW_MS + 12});
    CHECK(store->exemplars("default", {}, ALL, 1).error().code == Code::exhausted);
    CHECK(store->exemplars("other", {}, ALL, 0)->empty());
    model::MetricBatch deletion;
    deletion.deletions.push_back({"default", {model::Matcher::make(model::Matcher::Op::equal, "n", "1").value()}});
    REQUIRE(store->apply(deletion, offset++).ok());
    CHECK(of_first().empty());
    CHECK(store->exemplars("default", {}, ALL, 0)->size() == 1);
    clock.advance_ms(config.retention_ms + 2 * 86'400'000);
    REQUIRE(store->maintain().ok());
    CHECK(store->exemplars("default", {}, ALL, 0)->empty());
}

TEST_CASE("a series in many files loses no exemplars while all are fewer than the limit") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    store::MetricStoreConfig config;
    config.exemplars_max = 20;  // the series stands in eight seals with two each: a share a file would keep two in all
    auto store = store::MetricStore::open(real_file_system(), clock, {dir.path(), config, {}}).value();
    for (int64_t k = 0; k < 8; k++) {
        model::MetricBatch batch;
        batch.series_day = static_cast<int32_t>(NOW_MS / 86'400'000);
        batch.add_series(1, model::Labels{{"__name__", "x"}}.bytes());
        batch.ids = {1};
        batch.time_index = {0};
        batch.values = {1};
        batch.times_ms = {NOW_MS + k * 10};
        batch.exemplars = {{1, at(NOW_MS + k * 10)}, {1, at(NOW_MS + k * 10 + 1)}};
        REQUIRE(store->apply(batch, static_cast<uint64_t>(k)).ok());
        REQUIRE(store->seal().ok());
    }
    REQUIRE(store->compact().ok());
    const auto found = store->exemplars("default", {}, ALL, 0).value();
    REQUIRE(found.size() == 1);
    CHECK(found[0].exemplars.size() == 16);
}
