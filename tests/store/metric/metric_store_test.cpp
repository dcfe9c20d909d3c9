#include "store/metric/metric_store.h"

#include "support/metric_store_model.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using belfry::tests::StoreModel;
using belfry::tests::TempDir;
using model::Matcher;

namespace {

constexpr int64_t NOW_MS = 1'790'000'000'000;
constexpr int64_t DAY = 86'400'000;

std::unique_ptr<store::MetricStore> open_store(const std::string& dir, Clock& clock, store::MetricStoreConfig config = {}) {
    auto opened = store::MetricStore::open(real_file_system(), clock, {dir, config, {}});
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
    return std::move(*opened);
}

/// One record: the series with ids 1.. and one sample each.
struct BatchMaker {
    model::MetricBatch batch;
    explicit BatchMaker(int64_t now_ms = NOW_MS) { batch.series_day = static_cast<int32_t>(now_ms / DAY); }
    BatchMaker& series(model::HeadId id, const model::Labels& labels) {
        batch.add_series(id, labels.bytes());
        return *this;
    }
    BatchMaker& sample(model::HeadId id, int64_t time_ms, double value) {
        batch.ids.push_back(id);
        batch.time_index.push_back(static_cast<uint32_t>(batch.times_ms.size()));
        batch.times_ms.push_back(time_ms);
        batch.values.push_back(value);
        return *this;
    }
};

model::Matchers matchers(std::initializer_list<std::tuple<Matcher::Op, const char*, const char*>> list) {
    model::Matchers out;
    for (const auto& [op, name, value] : list) out.push_back(Matcher::make(op, name, value).value());
    return out;
}

std::vector<std::string> select(const store::MetricStore& store, const model::Matchers& m, model::TimeRange range = {0, NOW_MS * 2},
                                std::string_view tenant = "default") {
    const auto selection = store.select(tenant, m, range, 0);
    REQUIRE(selection.ok());
    std::vector<std::string> out;
    for (const auto labels : (*selection)->series()) out.push_back(labels.to_string());
    return out;
}

using Op = Matcher::Op;
using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the metric store answers what was written, whatever happened to its files in between") {
    for (uint64_t seed = 1; seed <= 6; seed++) {
        CAPTURE(seed);
        const TempDir dir;
        ManualClock clock(NOW_MS);
        StoreModel m(seed);
        store::MetricStoreConfig config;
        config.retention_ms = 5000 * DAY;
        config.out_of_order_samples_max = 16;
        if (seed % 2 == 0) m.late_ms = 4000 * DAY;  // back to 2015
        auto store = open_store(dir.path(), clock, config);
        for (int step = 0; step < 60; step++) {
            const auto batch = m.make_batch(clock.now_ms());
            m.accept(batch);
            m.replay(*store);
            clock.advance_ms(static_cast<int64_t>(m.below(20)) * 60'000);
            switch (m.below(12)) {
                case 0: REQUIRE(store->seal().ok()); break;
                case 1: REQUIRE(store->compact().ok()); break;
                case 2:
                    store.reset();
                    store = open_store(dir.path(), clock, config);
                    m.replay(*store);
                    break;
                case 3: {
                    const auto done = store->maintain();
                    REQUIRE_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message));
                    break;
                }
                case 4: clock.advance_ms(static_cast<int64_t>(m.below(4)) * DAY); break;
                case 5: m.check(*store); break;
                default: break;
            }
        }
        m.check(*store);
        REQUIRE(store->compact().ok());
        m.check(*store);
        store.reset();
        store = open_store(dir.path(), clock, config);
        m.replay(*store);
        m.check(*store);
    }
}

TEST_CASE("all kinds of matchers select the same series in head, seal and part") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    auto store = open_store(dir.path(), clock);
    BatchMaker b;
    b.series(1, {{"__name__", "up"}, {"job", "node"}, {"host", "a1"}}).sample(1, NOW_MS, 1);
    b.series(2, {{"__name__", "up"}, {"job", "node"}, {"host", "a2"}}).sample(2, NOW_MS, 1);
    b.series(3, {{"__name__", "up"}, {"job", "prom"}}).sample(3, NOW_MS, 1);
    b.series(4, {{"__name__", "load"}, {"host", "b1"}, {"job", "node"}}).sample(4, NOW_MS, 1);
    b.series(5, {{"", "blue"}, {"__name__", "up"}, {"job", "node"}}).sample(5, NOW_MS, 1);
    REQUIRE(store->apply(b.batch, 0).ok());
    for (const char* stage : {"head", "seal", "part", "restart"}) {
        CAPTURE(stage);
        if (stage == std::string("seal")) REQUIRE(store->seal().ok());
        if (stage == std::string("part")) REQUIRE(store->compact().ok());
        if (stage == std::string("restart")) {
            store.reset();
            store = open_store(dir.path(), clock);
        }
        const std::string A1 = "up{host=\"a1\",job=\"node\"}";
        const std::string A2 = "up{host=\"a2\",job=\"node\"}";
        const std::string P = "up{job=\"prom\"}";
        const std::string L = "load{host=\"b1\",job=\"node\"}";
        CHECK(select(*store, {}) == Strings{L, A1, A2, P});
        CHECK(select(*store, matchers({{Op::equal, "__name__", "up"}})) == Strings{A1, A2, P});
        CHECK(select(*store, matchers({{Op::equal, "__name__", "up"}, {Op::equal, "host", ""}})) == Strings{P});
        CHECK(select(*store, matchers({{Op::not_equal, "host", ""}})) == Strings{L, A1, A2});
        CHECK(select(*store, matchers({{Op::not_equal, "host", "a1"}})) == Strings{L, A2, P});
        CHECK(select(*store, matchers({{Op::regex, "host", "a.*"}})) == Strings{A1, A2});
        CHECK(select(*store, matchers({{Op::regex, "host", "a1|b1|nope"}})) == Strings{L, A1});
        CHECK(select(*store, matchers({{Op::regex, "host", "|a1"}})) == Strings{A1, P});
        CHECK(select(*store, matchers({{Op::regex, "host", ".+"}})) == Strings{L, A1, A2});
        CHECK(select(*store, matchers({{Op::regex, "host", ".*"}})) == Strings{L, A1, A2, P});
        CHECK(select(*store, matchers({{Op::not_regex, "host", ".+"}})) == Strings{P});
        CHECK(select(*store, matchers({{Op::not_regex, "host", ".*1"}})) == Strings{A2, P});
        CHECK(select(*store, matchers({{Op::not_regex, "host", "a2|b1"}})) == Strings{A1, P});
        CHECK(select(*store, matchers({{Op::equal, "nope", "x"}})).empty());
        CHECK(select(*store, {}, {0, NOW_MS * 2}, "blue") == Strings{"up{job=\"node\"}"});
        CHECK(select(*store, {}, {0, NOW_MS * 2}, "red").empty());
        CHECK(select(*store, {}, {NOW_MS + 1, NOW_MS * 2}).empty());
        const model::TimeRange all{0, NOW_MS * 2};
        CHECK(store->label_names({.tenant = "default", .range = all, .selectors = {}}).value() == Strings{"__name__", "host", "job"});
        CHECK(store->label_values({.tenant = "default", .range = all, .selectors = {}}, "host").value() == Strings{"a1", "a2", "b1"});
        CHECK(store->label_values({.tenant = "blue", .range = all, .selectors = {}}, "__name__").value() == Strings{"up"});
        CHECK(store->label_names({.tenant = "blue", .range = all, .selectors = {}}).value() == Strings{"__name__", "job"});
        const std::vector<model::Matchers> two = {matchers({{Op::equal, "job", "prom"}}), matchers({{Op::equal, "host", "b1"}})};
        const model::Labels load{{"__name__", "load"}, {"host", "b1"}, {"job", "node"}};
        const model::Labels prom{{"__name__", "up"}, {"job", "prom"}};
        CHECK(store->series({.tenant = "default", .range = all, .selectors = two}).value() == std::vector<model::Labels>{load, prom});
        CHECK(store->label_values({.tenant = "default", .range = all, .selectors = two}, "job").value() == Strings{"node", "prom"});
        CHECK(store->label_names({.tenant = "default", .range = all, .selectors = two, .limit = 1}).value() == Strings{"__name__"});
        CHECK_FALSE(store->select("default", {}, all, 3).ok());
    }
    const auto c = store->cardinality("default", 10);
    CHECK(c.series == 4);
    CHECK(c.series_by_metric[0].name == "up");
    CHECK(c.series_by_metric[0].count == 3);
}

TEST_CASE("a selection does not see samples that come later, nor miss those that are sealed and folded meanwhile") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    auto store = open_store(dir.path(), clock);
    BatchMaker first;
    first.series(7, {{"__name__", "x"}});
    for (int i = 0; i < 100; i++) first.sample(7, NOW_MS + i, i);
    REQUIRE(store->apply(first.batch, 0).ok());
    const auto before = store->select("default", {}, {0, NOW_MS * 2}, 0).value();
    BatchMaker second;
    for (int i = 100; i < 300; i++) second.sample(7, NOW_MS + i, i);
    second.sample(7, NOW_MS + 5, -1);
    REQUIRE(store->apply(second.batch, 1).ok());
    REQUIRE(store->compact().ok());
    const auto after = store->select("default", {}, {0, NOW_MS * 2}, 0).value();
    model::SampleColumns columns;
    store::ReadCounts counts;
    REQUIRE(before->read(0, {0, NOW_MS * 2}, columns, counts).ok());
    CHECK(columns.size() == 100);
    CHECK(columns.values[5] == 5);
    REQUIRE(after->read(0, {0, NOW_MS * 2}, columns, counts).ok());
    CHECK(columns.size() == 300);
    CHECK(columns.values[5] == -1);
    REQUIRE(after->read(0, {NOW_MS + 10, NOW_MS + 20}, columns, counts).ok());
    CHECK(columns.size() == 10);
    CHECK(columns.times_ms.front() == NOW_MS + 10);
}

TEST_CASE("large selections borrow labels that outlive the fold and new series") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    auto store = open_store(dir.path(), clock);
    const auto add = [&](uint64_t offset, int from, int to) {
        BatchMaker b;
        for (int i = from; i < to; i++) {
            const std::string host = "h" + std::to_string(200'000 - i);
            b.series(static_cast<model::HeadId>(i + 1), {{"__name__", "x"}, {"host", host}});
            b.sample(static_cast<model::HeadId>(i + 1), NOW_MS + static_cast<int64_t>(offset), i);
        }
        REQUIRE(store->apply(b.batch, offset).ok());
    };
    const auto check = [](const store::MetricSelection& s, size_t count) {
        REQUIRE(s.series().size() == count);
        for (size_t i = 0; i < count; i++) {
            const auto number = 200'000 - (count - 1) + i;  // sorted by host: the last series first
            REQUIRE(s.series()[i].get("host") == "h" + std::to_string(number));
            model::SampleColumns columns;
            store::ReadCounts counts;
            REQUIRE(s.read_newest(i, {0, NOW_MS * 2}, true, columns, counts).ok());
            REQUIRE(columns.values == std::vector<double>{static_cast<double>(count - 1 - i)});
        }
    };
    add(0, 0, 600);
    const auto before = store->select("default", {}, {0, NOW_MS * 2}, 0).value();
    check(*before, 600);
    add(1, 600, 900);
    const auto grown = store->select("default", {}, {0, NOW_MS * 2}, 0).value();
    check(*grown, 900);
    REQUIRE(store->compact().ok());
    check(*store->select("default", {}, {0, NOW_MS * 2}, 0).value(), 900);
    check(*before, 600);
    check(*grown, 900);
}

TEST_CASE("records are applied once, by their offset") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    auto store = open_store(dir.path(), clock);
    BatchMaker b;
    b.series(1, {{"__name__", "x"}}).sample(1, NOW_MS, 1);
    REQUIRE(store->apply(b.batch, 41).ok());
    CHECK(store->applied_offset() == 42);
    CHECK(store->covered_offset() == 0);
    REQUIRE(store->apply(b.batch, 41).ok());
    CHECK(store->status().applied_samples == 1);
    REQUIRE(store->seal().ok());
    CHECK(store->covered_offset() == 42);
    store.reset();
    store = open_store(dir.path(), clock);
    CHECK(store->applied_offset() == 42);
    CHECK(store->next_head_id() == 2);
    size_t seen = 0;
    store->for_each_head_series([&](model::HeadId id, model::LabelsView labels, int32_t day) {
        seen++;
        CHECK(id == 1);
        CHECK(labels.metric_name() == "x");
        CHECK(day == NOW_MS / DAY);
    });
    CHECK(seen == 1);
}

TEST_CASE("series that were not logged for two days leave the head, their samples stay") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    auto store = open_store(dir.path(), clock);
    BatchMaker b;
    b.series(1, {{"__name__", "old"}}).sample(1, NOW_MS, 1);
    b.series(2, {{"__name__", "kept"}}).sample(2, NOW_MS, 1);
    REQUIRE(store->apply(b.batch, 0).ok());
    REQUIRE(store->compact().ok());
    clock.advance_ms(2 * DAY);
    BatchMaker later(clock.now_ms());
    later.series(2, {{"__name__", "kept"}}).sample(2, clock.now_ms(), 2);
    REQUIRE(store->apply(later.batch, 1).ok());
    REQUIRE(store->compact().ok());
    CHECK(store->status().head_series == 1);
    CHECK(select(*store, {}) == Strings{"kept", "old"});
    // it comes back under a new id
    BatchMaker again(clock.now_ms());
    again.series(3, {{"__name__", "old"}}).sample(3, clock.now_ms(), 3);
    REQUIRE(store->apply(again.batch, 2).ok());
    for (int round = 0; round < 2; round++) {
        const auto s = store->select("default", matchers({{Op::equal, "__name__", "old"}}), {0, NOW_MS * 2}, 0).value();
        REQUIRE(s->series().size() == 1);
        model::SampleColumns columns;
        store::ReadCounts counts;
        REQUIRE(s->read(0, {0, NOW_MS * 2}, columns, counts).ok());
        CHECK(columns.values == std::vector<double>{1, 3});
        REQUIRE(store->seal().ok());
        store.reset();
        store = open_store(dir.path(), clock);
    }
}

TEST_CASE("files past the retention are removed whole") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    store::MetricStoreConfig config;
    config.retention_ms = 10 * DAY;
    auto store = open_store(dir.path(), clock, config);
    BatchMaker b;
    b.series(1, {{"__name__", "x"}}).sample(1, NOW_MS - 8 * DAY, 1).sample(1, NOW_MS, 2);
    REQUIRE(store->apply(b.batch, 0).ok());
    REQUIRE(store->compact().ok());
    const auto parts = [&] {
        size_t n = 0;
        for (const auto& file : store->status().files) n += file.kind == store::MetricFileKind::part ? 1 : 0;
        return n;
    };
    CHECK(parts() == 2);
    clock.advance_ms(3 * DAY);
    REQUIRE(store->maintain().ok());
    CHECK(parts() == 1);
    CHECK(select(*store, {}, {0, NOW_MS - DAY}).empty());
}

TEST_CASE("back-fill over decades ends in a few files") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    store::MetricStoreConfig config;
    config.retention_ms = 36'500 * DAY;
    auto store = open_store(dir.path(), clock, config);
    BatchMaker b;
    b.series(1, {{"__name__", "x"}});
    for (int64_t slot = 0; slot < 400; slot++) {
        for (int k = 0; k < 5; k++) b.sample(1, (380 + slot) * 28 * DAY + k * 60'000, static_cast<double>(k));
    }
    REQUIRE(store->apply(b.batch, 0).ok());
    REQUIRE(store->compact().ok());
    CHECK(store->status().files.size() <= 16);
    const auto s = store->select("default", {}, {0, NOW_MS * 2}, 0).value();
    model::SampleColumns columns;
    store::ReadCounts counts;
    REQUIRE(s->read(0, {0, NOW_MS * 2}, columns, counts).ok());
    CHECK(columns.size() == 2000);
}

TEST_CASE("metadata survives seal, fold and restart") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    auto store = open_store(dir.path(), clock);
    BatchMaker b;
    b.series(1, {{"__name__", "http_requests_total"}}).sample(1, NOW_MS, 1);
    b.batch.metadata.push_back({"default", "http_requests_total", model::MetricType::counter, "", "Requests."});
    b.batch.metadata.push_back({"blue", "http_requests_total", model::MetricType::gauge, "", "Other."});
    REQUIRE(store->apply(b.batch, 0).ok());
    for (int round = 0; round < 3; round++) {
        if (round == 1) REQUIRE(store->seal().ok());
        if (round == 2) REQUIRE(store->compact().ok());
        if (round > 0) {
            store.reset();
            store = open_store(dir.path(), clock);
        }
        REQUIRE(store->metadata("default", "", 0).size() == 1);
        CHECK(store->metadata("default", "http_requests_total", 0)[0].help == "Requests.");
        const auto names = store->metrics("default", "http", 0);
        REQUIRE(names.size() == 1);
        CHECK(names[0].type == model::MetricType::counter);
        CHECK(names[0].series == 1);
    }
}
