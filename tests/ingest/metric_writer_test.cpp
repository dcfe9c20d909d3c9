#include "ingest/metric/writer.h"

#include "base/bytes.h"
#include "base/log.h"
#include "codec/metric_record.h"
#include "support/faulty_file.h"

#include <doctest/doctest.h>
#include <random>

using namespace belfry;
using namespace belfry::ingest;
using belfry::tests::FaultyFileSystem;
using model::Labels;

namespace {

constexpr int64_t NOON_MS = 1'699'963'200'000;  // 2023-11-14 12:00 UTC

struct Bench {
    FaultyFileSystem files{1};
    ManualClock clock{NOON_MS};
    std::unique_ptr<queue::Queue> q;
    std::unique_ptr<Dictionary> dictionary;
    std::unique_ptr<MetricWriter> writer;
    WireBatch batch;
    std::deque<std::string> wires;

    explicit Bench(MetricConfig config = {}) {
        journal::JournalConfig journal;
        journal.directory = "/log";
        queue::QueueConfig queue_config;
        queue_config.disk_reserve_bytes = 0;
        q = queue::Queue::open(files, clock, queue_config, journal, [](const Error&) {}).value();
        dictionary = std::make_unique<Dictionary>(
            SeriesLimits{.max_series = config.max_series,
                         .max_series_per_tenant = config.max_series_per_tenant,
                         .max_series_per_metric = config.max_series_per_metric,
                         .max_values_per_label = config.max_values_per_label});
        writer = std::make_unique<MetricWriter>(clock, *q, *dictionary, config);
        batch.decoder = &canonical_label_decoder();
    }
    void add(const Labels& labels, double value, int64_t time_ms = 0) {
        wires.push_back(labels.bytes());
        batch.add_series(wires.back());
        batch.add_sample(time_ms == 0 ? clock.now_ms() : time_ms, value);
    }
    WriteOutcome write() {
        auto outcome = writer->write(batch);
        REQUIRE_MESSAGE(outcome.ok(), (outcome.ok() ? "" : outcome.error().message));
        batch.clear();
        return *outcome;
    }
    /// All records of the log, decoded from their bytes.
    std::vector<model::MetricBatch> log() {
        std::vector<model::MetricBatch> out;
        const auto consumer = q->add_consumer({.name = "test", .topic = 0, .policy = queue::ConsumerPolicy::must, .position = 0}).value();
        while (consumer->position() < consumer->end())
            for (const auto& record : consumer->poll(0).value()) REQUIRE(codec::decode_metric_record(record->payload, out.emplace_back()).ok());
        return out;
    }
};

/// Walks the log as a store does: every sample's id must have been logged today or yesterday.
std::map<std::string, std::vector<std::pair<int64_t, double>>> materialise(const std::vector<model::MetricBatch>& log) {
    std::map<model::HeadId, std::string> names;
    std::map<std::string, std::vector<std::pair<int64_t, double>>> out;
    for (const model::MetricBatch& record : log) {
        for (const auto& s : record.series) {
            const std::string name = record.labels(s).to_string();
            if (names.contains(s.id)) REQUIRE(names[s.id] == name);
            names[s.id] = name;
        }
        for (size_t i = 0; i < record.ids.size(); ++i) {
            REQUIRE(names.contains(record.ids[i]));
            out[names[record.ids[i]]].emplace_back(record.times_ms[record.time_index[i]], record.values[i]);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("a series is logged once, before its first sample, and found again without labels") {
    Bench b;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10; ++i) b.add(Labels{{"__name__", "m"}, {"i", std::to_string(i)}}, i + round * 0.5);
        const WriteOutcome outcome = b.write();
        CHECK(outcome.accepted_samples == 10);
        CHECK(outcome.rejected_samples == 0);
        CHECK(outcome.new_series == (round == 0 ? 10 : 0));
        b.clock.advance_ms(15'000);
    }
    const auto log = b.log();
    REQUIRE(log.size() == 3);
    CHECK(log[0].series.size() == 10);
    CHECK(log[1].series.empty());
    CHECK(log[1].times_ms.size() == 1);
    const auto all = materialise(log);
    CHECK(all.size() == 10);
    CHECK(all.at("m{i=\"7\"}") == std::vector<std::pair<int64_t, double>>{{NOON_MS, 7}, {NOON_MS + 15'000, 7.5}, {NOON_MS + 30'000, 8}});
}

TEST_CASE("series are logged again on the next day, spread over its first hour") {
    Bench b;
    const auto scrape = [&] {
        for (int i = 0; i < 200; ++i) b.add(Labels{{"__name__", "m"}, {"i", std::to_string(i)}}, 1);
        b.write();
    };
    scrape();
    b.clock.set_ms(NOON_MS + 12 * 3'600'000 + 60'000);  // 00:01
    scrape();
    b.clock.set_ms(NOON_MS + 12 * 3'600'000 + 1'800'000);  // 00:30
    scrape();
    b.clock.set_ms(NOON_MS + 13 * 3'600'000);  // 01:00
    scrape();
    b.clock.set_ms(NOON_MS + 14 * 3'600'000);
    scrape();
    const auto log = b.log();
    REQUIRE(log.size() == 5);
    CHECK(log[1].series.size() < 20);
    CHECK(log[2].series.size() > 60);
    CHECK(log[1].series.size() + log[2].series.size() + log[3].series.size() == 200);
    CHECK(log[3].series_day == log[0].series_day + 1);
    CHECK(log[4].series.empty());
    CHECK(materialise(log).size() == 200);
}

TEST_CASE("a series not written for two days is forgotten and comes back under a new id") {
    Bench b;
    b.add(Labels{{"__name__", "gone"}}, 1);
    b.write();
    for (int day = 1; day <= 3; ++day) {
        b.clock.advance_ms(86'400'000);
        b.add(Labels{{"__name__", "stays"}}, 1);
        b.write();
    }
    CHECK(b.dictionary->series_count() == 1);
    b.add(Labels{{"__name__", "gone"}}, 1);
    CHECK(b.write().new_series == 1);
    const auto log = b.log();
    CHECK(log.back().series.front().id > log.front().series.front().id);
    CHECK(b.dictionary->largest_metrics(5).size() == 2);
}

TEST_CASE("the store's series are known after a start") {
    Bench b;
    const Labels labels{{"__name__", "m"}};
    b.dictionary->seed(41, labels, static_cast<int32_t>(NOON_MS / 86'400'000));
    b.add(labels, 1);
    b.add(Labels{{"__name__", "n"}}, 2);
    CHECK(b.write().new_series == 1);
    const auto log = b.log();
    REQUIRE(log[0].series.size() == 1);
    CHECK(log[0].ids == std::vector<model::HeadId>{41, 42});
}

TEST_CASE("good rows are kept when others are refused, and the first reason is told") {
    MetricConfig config;
    config.labels_per_series_max = 4;
    Bench b(config);
    const auto wire = [&](std::initializer_list<model::Label> labels) {  // not canonical on purpose
        std::string& bytes = b.wires.emplace_back();
        for (const auto& [name, value] : labels) {
            put_sized(bytes, name);
            put_sized(bytes, value);
        }
        b.batch.add_series(bytes);
        b.batch.add_sample(NOON_MS, 1);
    };
    wire({{"__name__", "good"}, {"b", "1"}, {"a", "2"}});
    wire({{"__name__", "bad"}, {"a", "1"}, {"a", "2"}});
    wire({{"__name__", "bad"}, {"", "1"}});
    wire({{"__name__", "bad"}, {"l", "\xff"}});
    wire({{"__name__", "bad"}, {"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
    wire({{"__name__", ""}});
    wire({{"__name__", "big"}, {"l", std::string(5000, 'x')}});
    b.batch.add_series("\x05oops");
    b.batch.add_sample(NOON_MS, 1);
    b.batch.add_sample(NOON_MS + 1, 1);
    wire({{"__name__", "utf8"}, {"größe.of/it", "ok"}});
    b.add(Labels{{"__name__", "old"}}, 1, NOON_MS - config.retention_ms - 1);
    b.add(Labels{{"__name__", "future"}}, 1, NOON_MS + config.future_ms_max);
    b.add(Labels{{"__name__", "future"}}, 1, INT64_MAX);
    b.add(Labels{{"__name__", "future"}}, 1, INT64_MIN);
    const WriteOutcome outcome = b.write();
    CHECK(outcome.accepted_samples == 2);
    CHECK(outcome.rejected_samples == 12);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::duplicate_label)] == 1);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::invalid_labels)] == 5);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::too_large)] == 2);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::too_old)] == 2);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::too_far_ahead)] == 2);
    CHECK(outcome.first_reason.has_value());
    CHECK_FALSE(outcome.first_message.empty());
    const auto all = materialise(b.log());
    CHECK(all.size() == 2);
    CHECK(all.contains("good{a=\"2\",b=\"1\"}"));
}

TEST_CASE("series limits refuse what is new and keep what is known") {
    MetricConfig config;
    config.max_series = 5;
    config.max_series_per_metric = 3;
    Bench b(config);
    for (int i = 0; i < 6; ++i) b.add(Labels{{"__name__", "a"}, {"i", std::to_string(i)}}, i);
    WriteOutcome outcome = b.write();
    CHECK(outcome.accepted_samples == 3);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::series_limit)] == 3);
    CHECK(outcome.first_message.find("max_series_per_metric") != std::string::npos);
    for (int i = 0; i < 3; ++i) b.add(Labels{{"__name__", "b"}, {"i", std::to_string(i)}}, i);
    outcome = b.write();
    CHECK(outcome.accepted_samples == 2);
    CHECK(outcome.first_message.find("metric.max_series") != std::string::npos);
    CHECK(outcome.first_series == "b{i=\"2\"}");
    for (int i = 0; i < 3; ++i) b.add(Labels{{"__name__", "a"}, {"i", std::to_string(i)}}, i);
    CHECK(b.write().accepted_samples == 3);
}

TEST_CASE("the counts say who makes series and what was refused, also at the limit") {
    Bench b({.max_series_per_metric = 4, .max_values_per_label = 3});
    for (int i = 0; i < 5; ++i) b.add({{"__name__", "m"}, {"pod", fmt::format("p{}", i)}}, 1);
    for (int i = 0; i < 6; ++i) b.add({{"__name__", "n"}, {"a", i % 2 ? "x" : "y"}, {"b", i < 3 ? "x" : i < 5 ? "y" : "z"}}, 1);
    auto outcome = b.writer->write(b.batch, "influx");
    REQUIRE(outcome.ok());
    CHECK(outcome->rejected[static_cast<size_t>(Refusal::series_limit)] == 3);
    CHECK(outcome->first_message == "label pod has 3 values, the limit (metric.max_values_per_label)");
    const auto r = b.dictionary->cardinality("default", b.clock.now_ms(), 10);
    CHECK(r.series == 7);
    REQUIRE(r.metrics.size() == 2);
    CHECK(r.metrics[0].name == "n");
    CHECK(r.metrics[0].series == 4);
    CHECK(r.metrics[0].created.back() == 4);
    CHECK(r.growing.size() == 2);
    REQUIRE(r.refused_metrics.size() == 2);
    CHECK(r.refused_metrics[0].name == "m");
    CHECK(r.refused_total == 3);
    CHECK(r.receivers.at(0).id == "influx");
    CHECK(r.receivers.at(0).refused == 3);
    CHECK(r.limits.at(3).used == 3);
    b.batch.clear();
    // metrics that never got a series leave nothing behind
    for (int i = 0; i < 100; ++i) b.add({{"__name__", fmt::format("new{}", i)}}, 1);
    CHECK(b.write().new_series == 1);  // the third name
    CHECK(b.dictionary->cardinality("default", b.clock.now_ms(), 10).metrics_count == 3);
}

TEST_CASE("tenants do not share series") {
    Bench b;
    b.add(Labels{{"__name__", "m"}}, 1);
    b.write();
    b.batch.tenant = "acme";
    b.add(Labels{{"__name__", "m"}}, 2);
    CHECK(b.write().new_series == 1);
    const auto log = b.log();
    CHECK(log[1].labels(log[1].series[0]).tenant() == "acme");
    CHECK(log[0].labels(log[0].series[0]).tenant() == "default");
}

TEST_CASE("values and times arrive as they were sent, stale markers and back-filled rows included") {
    Bench b;
    const Labels labels{{"__name__", "m"}};
    b.add(labels, model::stale_nan());
    b.batch.add_sample(NOON_MS - 100'000, std::bit_cast<double>(0xfff8000000000123ULL));
    for (int i = 0; i < 50; ++i) b.batch.add_sample(NOON_MS - i * 1000 - 7, i);
    CHECK(b.write().accepted_samples == 52);
    const auto log = b.log();
    CHECK(std::bit_cast<uint64_t>(log[0].values[0]) == model::STALE_NAN_BITS);
    CHECK(std::bit_cast<uint64_t>(log[0].values[1]) == 0xfff8000000000123ULL);
    CHECK(log[0].times_ms[log[0].time_index[51]] == NOON_MS - 49'007);
    CHECK(log[0].times_ms.size() == 52);
}

TEST_CASE("metadata is logged when it is new") {
    Bench b;
    const auto send = [&](std::string help) {
        b.batch.metadata.push_back({"", "m", model::MetricType::counter, "", std::move(help)});
        return b.write().accepted_metadata;
    };
    CHECK(send("what it counts") == 1);
    CHECK(send("what it counts") == 0);
    CHECK(send("what it counts now") == 1);
    b.clock.advance_ms(86'400'000);
    CHECK(send("what it counts now") == 1);
    const auto log = b.log();
    REQUIRE(log.size() == 3);
    CHECK(log[0].metadata[0].tenant == "default");
}

TEST_CASE("a batch of many samples becomes several records") {
    Bench b;
    for (int s = 0; s < 5; ++s) {
        b.add(Labels{{"__name__", "m"}, {"s", std::to_string(s)}}, 0);
        for (int i = 1; i < 60'000; ++i) b.batch.add_sample(NOON_MS - i, i);
    }
    CHECK(b.write().accepted_samples == 300'000);
    CHECK(b.log().size() == 5);
}

TEST_CASE("after a lost write the series are logged again before they are used") {
    Bench b;
    b.add(Labels{{"__name__", "a"}}, 1);
    b.write();
    for (uint64_t i = 0; i < 3; ++i) {
        b.files.set_faults({.no_space = 1});
        b.add(Labels{{"__name__", "a"}}, 2);
        b.add(Labels{{"__name__", "b"}}, 2);
        const auto lost = b.writer->write(b.batch);
        REQUIRE_FALSE(lost.ok());
        CHECK(lost.error().code == Code::exhausted);
        b.batch.clear();
        b.files.set_faults({});
        if (i == 1) continue;
        b.add(Labels{{"__name__", "b"}}, 3);
        b.write();
    }
    const auto all = materialise(b.log());
    CHECK(all.at("a").size() == 1);
    CHECK(all.at("b").size() == 2);
}

TEST_CASE("writers in many threads with failing writes: no sample without its series, none acknowledged and missing") {
    set_log_level(LogLevel::error);
    Bench b;
    b.files.set_faults({.no_space = 30});
    constexpr int THREADS = 4;
    std::atomic<uint64_t> accepted{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < THREADS; ++t)
        threads.emplace_back([&, t] {
            std::mt19937 random(static_cast<uint32_t>(t));
            for (int round = 0; round < 40; ++round) {
                WireBatch batch;
                batch.decoder = &canonical_label_decoder();
                std::deque<std::string> wires;
                for (int i = 0; i < 20; ++i) {
                    wires.push_back(Labels{{"__name__", "m"}, {"i", std::to_string(random() % 200)}}.bytes());
                    batch.add_series(wires.back());
                    batch.add_sample(NOON_MS + round, t);
                }
                const auto outcome = b.writer->write(batch);
                if (outcome.ok()) accepted += outcome->accepted_samples;
            }
        });
    for (auto& thread : threads) thread.join();
    b.files.set_faults({});
    uint64_t found = 0;
    for (const auto& [name, samples] : materialise(b.log())) found += samples.size();
    CHECK(found == accepted);
    CHECK(accepted > 0);
    set_log_level(LogLevel::info);
}

TEST_CASE("after a deletion every series is logged again before it is used") {
    Bench b;
    b.add(Labels{{"__name__", "m"}, {"demo", "true"}}, 1);
    b.add(Labels{{"__name__", "m"}}, 1);
    b.write();
    const model::Matchers demo = {model::Matcher::make(model::Matcher::Op::equal, "demo", "true").value()};
    auto erased = b.writer->erase("default", demo);
    REQUIRE(erased.ok());
    CHECK(*erased == 1);
    b.add(Labels{{"__name__", "m"}, {"demo", "true"}}, 2);
    b.add(Labels{{"__name__", "m"}}, 2);
    CHECK(b.write().new_series == 0);
    const auto log = b.log();
    REQUIRE(log.size() == 3);
    REQUIRE(log[1].deletions.size() == 1);
    CHECK(log[1].deletions[0].matchers == demo);
    CHECK(log[2].series.size() == 2);
    CHECK(log[2].series[0].id == log[0].series[0].id);
    CHECK_FALSE(b.writer->erase("default", {}).ok());
}

TEST_CASE("histograms, start times and exemplars reach the log beside floats; bad ones are refused one by one") {
    Bench b;
    const auto histogram = [](double count) {
        auto h = std::make_shared<model::Histogram>();
        h->schema = 2;
        h->count = count;
        h->sum = 1.5;
        h->positive_spans = {{0, 2}};
        h->positive_buckets = {1, 2};
        return h;
    };
    const int64_t now = b.clock.now_ms();
    b.add(Labels{{"__name__", "plain"}}, 1);
    b.batch.set_start_time(now - 1'000);
    b.wires.push_back(Labels{{"__name__", "latency"}}.bytes());
    b.batch.add_series(b.wires.back());
    b.batch.add_histogram(now, histogram(3), WireBatch::Counts::integer);
    b.batch.set_start_time(now - 500);
    b.batch.add_histogram(now + 1, histogram(4), WireBatch::Counts::integer);  // counts more than its buckets
    b.batch.add_histogram(now + 2, histogram(4));                              // in fractions nobody can say
    auto ended = std::make_shared<model::Histogram>();
    ended->sum = model::stale_nan();
    b.batch.add_histogram(now + 3, ended);
    b.batch.add_exemplar({now - 5, 0.25, Labels{{"trace_id", "abc"}}});
    b.batch.add_exemplar({now - 5, 0.25, Labels{{"trace_id", std::string(200, 'x')}}});
    b.batch.add_exemplar({now + 86'400'000, 0.25, {}});
    b.wires.push_back(Labels{{"__name__", "only_exemplar"}}.bytes());
    b.batch.add_series(b.wires.back());
    b.batch.add_exemplar({now, 1, {}});
    const WriteOutcome outcome = b.write();
    CHECK(outcome.accepted_samples == 4);
    CHECK(outcome.accepted_histograms == 3);
    CHECK(outcome.rejected_samples == 1);
    CHECK(outcome.rejected[static_cast<size_t>(Refusal::invalid_histogram)] == 1);
    CHECK(outcome.first_message == "histogram refused: 4 observations, but the buckets hold 3");
    CHECK(outcome.accepted_exemplars == 2);
    CHECK(outcome.rejected_exemplars == 2);
    CHECK(outcome.first_exemplar_message == "latency: an exemplar's labels have 208 characters: limit 128");
    const auto log = b.log();
    REQUIRE(log.size() == 1);
    CHECK(log[0].series.size() == 3);
    CHECK(log[0].histogram_rows == std::vector<uint32_t>{1, 2});
    CHECK(*log[0].histograms[0] == *histogram(3));
    CHECK(model::is_stale(log[0].values[3]));
    CHECK(log[0].start_rows == std::vector<uint32_t>{0, 1});
    CHECK(log[0].start_times_ms == std::vector<int64_t>{now - 1'000, now - 500});
    REQUIRE(log[0].exemplars.size() == 2);
    CHECK(log[0].exemplars[0].exemplar.labels == Labels{{"trace_id", "abc"}});
}

TEST_CASE("a histogram that no query could work with is refused with the reason") {
    struct Case {
        const char* message;
        std::function<void(model::Histogram&)> change;
    };
    using H = model::Histogram;
    const Case cases[] = {
        {"schema 9 is not known", [](H& h) { h.schema = 9; }},
        {"spans hold 3 buckets, but there are 2", [](H& h) { h.positive_spans[0].length = 3; }},
        {"negative offset -1", [](H& h) { h.positive_spans = {{0, 1}, {-1, 1}}; }},
        {"bucket 1 has the count -2", [](H& h) { h.positive_buckets[1] = -2; }},
        {"bucket 0 has the count nan", [](H& h) { h.positive_buckets[0] = std::numeric_limits<double>::quiet_NaN(); }},
        {"the count is nan", [](H& h) { h.count = std::numeric_limits<double>::quiet_NaN(); }},
        {"the zero threshold is -1", [](H& h) { h.zero_threshold = -1; }},
        {"no custom bounds", [](H& h) { h.custom_bounds = {1}; }},
        {"ends at bucket 2147483649", [](H& h) { h.positive_spans = {{INT32_MAX, 1}, {1, 1}}; }},
        {"not above the one before", [](H& h) { h.schema = H::CUSTOM_BOUNDS, h.custom_bounds = {1, 1}; }},
        {"custom bound 0 is inf", [](H& h) { h.schema = H::CUSTOM_BOUNDS, h.custom_bounds = {std::numeric_limits<double>::infinity()}; }},
        {"ends at bucket 1; the highest is 0", [](H& h) { h.schema = H::CUSTOM_BOUNDS; }},
        {"no negative side", [](H& h) { h.schema = H::CUSTOM_BOUNDS, h.custom_bounds = {1}, h.negative_spans = {{0, 1}}; }},
        {"limit 16 (metric.histogram_buckets_max)", [](H& h) { h.positive_spans = {{0, 20}}, h.positive_buckets.assign(20, 0); }},
    };
    for (const Case& c : cases) {
        CAPTURE(c.message);
        MetricConfig config;
        config.histogram_buckets_max = 16;
        Bench b(config);
        auto h = std::make_shared<H>();
        h->count = 3;
        h->positive_spans = {{0, 2}};
        h->positive_buckets = {1, 2};
        c.change(*h);
        b.wires.push_back(Labels{{"__name__", "x"}}.bytes());
        b.batch.add_series(b.wires.back());
        b.batch.add_histogram(b.clock.now_ms(), h);
        const WriteOutcome outcome = b.write();
        CHECK(outcome.accepted_samples == 0);
        CHECK(outcome.rejected_samples == 1);
        CHECK_MESSAGE(outcome.first_message.find(c.message) != std::string::npos, outcome.first_message);
        CHECK(b.log().empty());
    }
}
