#include "codec/metric_record.h"

#include "base/file.h"
#include "model/sample.h"
#include "support/random_histogram.h"

#include <doctest/doctest.h>
#include <random>

using namespace belfry;
using namespace belfry::codec;
using model::MetricBatch;

namespace {

void check_equal(const MetricBatch& a, const MetricBatch& b) {
    CHECK(a.series_day == b.series_day);
    REQUIRE(a.series.size() == b.series.size());
    for (size_t i = 0; i < a.series.size(); ++i) {
        CHECK(a.series[i].id == b.series[i].id);
        CHECK(a.labels(a.series[i]).bytes() == b.labels(b.series[i]).bytes());
    }
    CHECK(a.times_ms == b.times_ms);
    CHECK(a.ids == b.ids);
    CHECK(a.time_index == b.time_index);
    REQUIRE(a.values.size() == b.values.size());
    size_t different = 0;
    for (size_t i = 0; i < a.values.size(); ++i)
        different += std::bit_cast<uint64_t>(a.values[i]) != std::bit_cast<uint64_t>(b.values[i]);
    CHECK(different == 0);
    CHECK(a.metadata == b.metadata);
    CHECK(a.histogram_rows == b.histogram_rows);
    REQUIRE(a.histograms.size() == b.histograms.size());
    for (size_t i = 0; i < a.histograms.size(); ++i) CHECK(belfry::tests::same_bits(a.histograms[i], b.histograms[i]));
    CHECK(a.start_rows == b.start_rows);
    CHECK(a.start_times_ms == b.start_times_ms);
    CHECK(a.exemplars == b.exemplars);
}

std::string round_trip(const MetricBatch& batch) {
    std::string bytes;
    encode_metric_record(batch, bytes);
    MetricBatch back;
    back.add_series(1, "");  // decode replaces
    const Status decoded = decode_metric_record(bytes, back);
    REQUIRE_MESSAGE(decoded.ok(), (decoded.ok() ? "" : decoded.error().message));
    check_equal(batch, back);
    return bytes;
}

double random_value(std::mt19937_64& random) {
    switch (random() % 9) {
        case 0: return std::bit_cast<double>(random());
        case 1: return static_cast<double>(random() % 1000);
        case 2: return static_cast<double>(random() % 100'000) / 100;
        case 3: return -static_cast<double>(random() % 100'000'000) / 1000;
        case 4: return static_cast<double>(random() % 1'000'000'000) / 1e6;
        case 5: return std::bit_cast<double>(0x7ff0000000000000 | random() % 5 | (random() % 2 == 0 ? uint64_t{1} << 51 : 0));
        case 6: return (random() % 2 == 0 ? 1 : -1) * static_cast<double>(random());
        case 7: return (random() % 2 == 0 ? 0.0 : -0.0);
        default: return 5e-324 * static_cast<double>(random() % 100);
    }
}

/// What the golden file holds.
MetricBatch example() {
    MetricBatch batch;
    batch.series_day = 20'000;
    batch.add_series(7, model::Labels{{"__name__", "up"}, {"instance", "a:1"}, {"job", "x"}}.bytes());
    batch.add_series(8, model::Labels{{"__name__", "up"}, {"instance", "b:1"}, {"job", "x"}}.bytes());
    batch.times_ms = {1'728'000'000'000, 1'728'000'000'015};
    batch.ids = {7, 8, 9, 3};
    batch.time_index = {0, 0, 1, 1};
    batch.values = {1, 0.25, -1.5e300, model::stale_nan()};
    batch.metadata.push_back({"default", "up", model::MetricType::gauge, "", "Whether the scrape succeeded."});
    return batch;
}

/// Histograms, start times and exemplars beside floats.
MetricBatch sparse_example() {
    MetricBatch batch = example();
    auto exponential = std::make_shared<model::Histogram>();
    exponential->schema = 3;
    exponential->zero_threshold = 0x1p-128;
    exponential->zero_count = 2;
    exponential->count = 12;
    exponential->sum = 0.25;
    exponential->positive_spans = {{-2, 2}, {3, 1}};
    exponential->positive_buckets = {3, 1, 6};
    auto custom = std::make_shared<model::Histogram>();
    custom->schema = model::Histogram::CUSTOM_BOUNDS;
    custom->reset_hint = model::Histogram::ResetHint::gauge;
    custom->count = 7;
    custom->sum = -1.5e300;
    custom->positive_spans = {{0, 3}};
    custom->positive_buckets = {0.5, 1, 4};
    custom->custom_bounds = {0.1, 2.5};
    batch.histogram_rows = {1, 2};
    batch.histograms = {exponential, custom};
    batch.start_rows = {0, 1, 2};
    batch.start_times_ms = {1'727'999'000'000, 1'727'999'000'000, 1'727'999'900'000};
    batch.exemplars.push_back({7, {1'728'000'000'001, 0.25, model::Labels{{"trace_id", "4bf92f35"}}}});
    batch.exemplars.push_back({8, {1'727'999'999'999, 17, {}}});
    return batch;
}

}  // namespace

TEST_CASE("histograms, start times and exemplars come back, as ever") {
    const std::string bytes = round_trip(sparse_example());
    const std::string path = "tests/golden/metric_record/sparse.bin";
    if (std::getenv("BELFRY_GOLDEN") != nullptr) REQUIRE(write_file_atomically(real_file_system(), path, bytes).ok());
    const auto golden = read_file(real_file_system(), path, 1 << 20);
    REQUIRE(golden.ok());
    CHECK(*golden == bytes);
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        belfry::tests::RandomHistograms histograms(seed);
        std::mt19937_64 random(seed);
        MetricBatch batch;
        batch.times_ms = {1'700'000'000'000};
        for (uint32_t i = 0; i < 200; ++i) {
            batch.ids.push_back(i);
            batch.time_index.push_back(0);
            batch.values.push_back(random_value(random));
            if (random() % 3 == 0) {
                batch.histogram_rows.push_back(i);
                batch.histograms.push_back(histograms.next());
                batch.values.back() = batch.histograms.back()->sum;
            }
            if (random() % 3 != 0) continue;
            batch.start_rows.push_back(i);
            batch.start_times_ms.push_back(1'600'000'000'000 + static_cast<int64_t>(random() % 2));
        }
        round_trip(batch);
    }
}

TEST_CASE("rows of a sparse column that lie outside the samples are refused") {
    for (const std::string_view rows : {"\x07\x04\x01\x04\x00\x02", "\x04\x03\x01\x09\x00", "\x07\x04\x02\x03\x01\x02"}) {
        std::string bytes;
        encode_metric_record(example(), bytes);
        MetricBatch batch;
        CHECK_FALSE(decode_metric_record(bytes + std::string(rows), batch).ok());
    }
}

TEST_CASE("every double comes back to the last bit") {
    std::mt19937_64 random(42);
    for (int round = 0; round < 300; ++round) {
        MetricBatch batch;
        const size_t times = 1 + random() % 5;
        for (size_t i = 0; i < times; ++i) batch.times_ms.push_back(static_cast<int64_t>(random() >> (random() % 64)));
        if (round % 10 == 0) batch.times_ms.push_back(INT64_MIN);
        model::HeadId id = random() % 1000;
        const size_t count = 1 + random() % 200;
        for (size_t i = 0; i < count; ++i) {
            id = random() % 3 == 0 ? random() % (1ULL << 60) : id + 1;
            batch.ids.push_back(id);
            batch.time_index.push_back(static_cast<uint32_t>(random() % batch.times_ms.size()));
            batch.values.push_back(random_value(random));
        }
        round_trip(batch);
    }
}

TEST_CASE("series share the labels of the one before") {
    MetricBatch batch;
    batch.series_day = -3;
    std::mt19937_64 random(1);
    for (int i = 0; i < 500; ++i)
        batch.add_series(1000 + static_cast<uint64_t>(i) * (i % 7 == 0 ? 13 : 1),
                         model::Labels{{"", i % 50 == 0 ? "acme" : ""},
                                       {"__name__", fmt::format("node_cpu_seconds_total_{}", i / 100)},
                                       {"cpu", std::to_string(i % 64)},
                                       {"instance", "very-long-host-name.example.org:9100"},
                                       {"job", "node"}}
                             .bytes());
    const std::string bytes = round_trip(batch);
    CHECK(bytes.size() < batch.label_bytes.size());
}

TEST_CASE("a scrape of usual values takes less than four bytes a sample") {
    MetricBatch batch;
    std::mt19937_64 random(1);
    batch.times_ms = {1'700'000'000'000};
    for (size_t i = 0; i < 2000; ++i) {
        batch.ids.push_back(5000 + i);
        batch.time_index.push_back(0);
        switch (i % 12) {
            case 10: batch.values.push_back(static_cast<double>(random() % 1'000'000'000) / 100); break;
            case 11: batch.values.push_back(static_cast<double>(random() % 1'000'000)); break;
            default: batch.values.push_back(i % 12 < 6 ? static_cast<double>(random() % 100) : static_cast<double>(random() % 10'000) / 100);
        }
    }
    CHECK(round_trip(batch).size() < 3 * batch.ids.size());
}

TEST_CASE("metadata comes back") {
    MetricBatch batch;
    batch.metadata.push_back({"acme", "a", model::MetricType::counter, "seconds", std::string(300, 'h')});
    batch.metadata.push_back({"default", "b", model::MetricType::stateset, "", ""});
    round_trip(batch);
    round_trip({});
}

TEST_CASE("damaged metric records are refused, never believed") {
    std::string bytes;
    encode_metric_record(sparse_example(), bytes);
    MetricBatch batch;
    for (size_t i = 0; i < bytes.size(); ++i) {
        const Status cut = decode_metric_record(std::string_view(bytes).substr(0, i), batch);
        if (cut.ok()) CHECK(i < bytes.size());  // a cut between sections leaves a whole, shorter record
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = bytes;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            const Status decoded = decode_metric_record(bad, batch);
            if (!decoded.ok()) continue;
            REQUIRE(batch.ids.size() == batch.values.size());
            for (const uint32_t t : batch.time_index) REQUIRE(t < batch.times_ms.size());
        }
    }
    const std::string later = std::string(1, '\2') + bytes.substr(1);
    CHECK(decode_metric_record(later, batch).error().code == Code::invalid);
}

TEST_CASE("an unknown section that may be skipped is skipped") {
    std::string bytes;
    encode_metric_record(example(), bytes);
    MetricBatch batch;
    CHECK(decode_metric_record(bytes + std::string("\x88\x03"
                                                   "abc"),
                               batch)
              .ok());
    check_equal(example(), batch);
    CHECK_FALSE(decode_metric_record(bytes + std::string("\x08\x03"
                                                         "abc"),
                                     batch)
                    .ok());
}

TEST_CASE("the golden metric record reads and writes as ever") {
    std::string bytes;
    encode_metric_record(example(), bytes);
    const std::string path = "tests/golden/metric_record/example.bin";
    if (std::getenv("BELFRY_GOLDEN") != nullptr) REQUIRE(write_file_atomically(real_file_system(), path, bytes).ok());
    const auto golden = read_file(real_file_system(), path, 1 << 20);
    REQUIRE(golden.ok());
    CHECK(*golden == bytes);
    MetricBatch batch;
    REQUIRE(decode_metric_record(*golden, batch).ok());
    check_equal(example(), batch);
}

TEST_CASE("a deletion comes back, and one without matchers or with a bad one is refused") {
    MetricBatch batch;
    batch.deletions.push_back({"acme", {model::Matcher::make(model::Matcher::Op::regex, "job", "a.*|b").value(),
                                        model::Matcher::make(model::Matcher::Op::not_equal, "demo", "").value()}});
    std::string bytes;
    encode_metric_record(batch, bytes);
    MetricBatch back;
    REQUIRE(decode_metric_record(bytes, back).ok());
    CHECK(back.deletions == batch.deletions);
    batch.deletions.push_back(batch.deletions[0]);
    batch.deletions[1].range = {-5, 1'790'000'000'000};
    bytes.clear();
    encode_metric_record(batch, bytes);
    REQUIRE(decode_metric_record(bytes, back).ok());
    CHECK(back.deletions == batch.deletions);
    CHECK_FALSE(decode_metric_record(bytes + std::string("\x10\x04\x02\x02\x02\x02", 6), back).ok());  // an empty range
    CHECK_FALSE(decode_metric_record(std::string("\x01\x06\x06\x01\x04" "acme\x00", 10), back).ok());
    CHECK_FALSE(decode_metric_record(std::string("\x01\x06\x08\x01\x01" "a\x01\x02\x01" "a\x01" "(", 12), back).ok());
    const size_t whole = bytes.rfind('\x10');  // without the section of ranges it is a record, too
    for (size_t cut = 1; cut + 1 < bytes.size(); ++cut) {
        if (bytes.size() - cut == whole) continue;
        CHECK_FALSE(decode_metric_record(std::string_view(bytes).substr(0, bytes.size() - cut), back).ok());
    }
}
