// Samples from wire rows to a durable record: hash, look up, encode, append. And the record's codec alone.
#include "codec/metric_record.h"
#include "ingest/metric/cardinality.h"
#include "ingest/metric/writer.h"

#include <filesystem>

using namespace belfry;
using namespace belfry::ingest;

namespace {

void report(const std::string& name, int64_t ns, uint64_t operations, uint64_t bytes) {
    fmt::print("{:<52} {:>9.1f} ns/op {:>9.1f} MB/s\n", name, static_cast<double>(ns) / static_cast<double>(operations),
               static_cast<double>(bytes) / static_cast<double>(ns) * 1e3);
}

int64_t cpu_ns() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

/// Twelve labels a series, about 270 bytes, as a database of servers would send.
std::vector<std::string> make_wires(size_t count) {
    std::vector<std::string> wires;
    for (size_t i = 0; i < count; ++i)
        wires.push_back(model::Labels{
            {"__name__", fmt::format("cpu_usage_{}", i % 12)},
            {"hostname", fmt::format("host_{}", i / 12)},
            {"region", fmt::format("eu-central-{}", i / 12 % 9)},
            {"datacenter", fmt::format("eu-central-{}a", i / 12 % 9)},
            {"rack", std::to_string(i / 12 % 100)},
            {"os", "Ubuntu16.04LTS"},
            {"arch", "x64"},
            {"team", "NYC"},
            {"service", std::to_string(i / 12 % 20)},
            {"service_version", "1"},
            {"service_environment", "production"},
            {"job",
             "bench"}}.bytes());
    return wires;
}

double value_of(size_t i, uint64_t round) {
    const uint64_t r = (i * 2654435761U + round * 40503U) >> 7;
    switch (i % 12) {
        case 10: return static_cast<double>(r % 1'000'000'000) / 100;
        case 11: return static_cast<double>(r % 10'000'000);
        default: return i % 12 < 6 ? static_cast<double>(r % 100) : static_cast<double>(r % 10'000) / 100;
    }
}

void write_batches(size_t series_count, uint64_t rounds) {
    const char* tmp = std::getenv("TMPDIR");
    const std::string directory =
        fmt::format("{}/belfry-writer-bench-{}", tmp != nullptr ? tmp : "/tmp", system_clock().monotonic_ns());
    journal::JournalConfig journal;
    journal.directory = directory;
    {
        auto q = queue::Queue::open(real_file_system(), system_clock(), {}, journal).value();
        auto consumer =
            q->add_consumer({.name = "bench", .topic = 0, .policy = queue::ConsumerPolicy::must, .position = 0})
                .value();
        Dictionary dictionary({});
        MetricWriter writer(system_clock(), *q, dictionary, {});
        const auto wires = make_wires(series_count);
        constexpr size_t BATCH = 2000;
        uint64_t samples = 0;
        int64_t start = cpu_ns();
        for (uint64_t round = 0; round <= rounds; ++round) {
            if (round == 1) {
                report(fmt::format("metric writer, {} new series", series_count), cpu_ns() - start, samples,
                       samples * 16);
                samples = 0;
                start = cpu_ns();
            }
            const int64_t now_ms = system_clock().now_ms();
            for (size_t i = 0; i < series_count; i += BATCH) {
                WireBatch batch;
                batch.decoder = &canonical_label_decoder();
                for (size_t k = i; k < std::min(i + BATCH, series_count); ++k) {
                    batch.add_series(wires[k]);
                    batch.add_sample(now_ms, value_of(k, round));
                }
                samples += writer.write(batch).value().accepted_samples;
                const auto records = consumer->poll(0).value();
                if (!records.empty()) consumer->applied_up_to(records.back()->next_offset());
            }
        }
        const int64_t took = cpu_ns() - start;
        report(fmt::format("metric writer, {} known series", series_count), took, samples, samples * 16);
        const auto status = q->snapshot();
        fmt::print("{:<52} {:.2f} B/sample in the log, dictionary {:.0f} B/series\n", "",
                   static_cast<double>(status.appended_bytes_total) / static_cast<double>(samples + series_count),
                   static_cast<double>(dictionary.memory_bytes()) / static_cast<double>(series_count));
        consumer.reset();
    }
    std::filesystem::remove_all(directory);
}

void codec_alone() {
    model::MetricBatch batch;
    batch.times_ms = {1'700'000'000'000};
    for (size_t i = 0; i < 2000; ++i) {
        batch.ids.push_back(1000 + i);
        batch.time_index.push_back(0);
        batch.values.push_back(value_of(i, 1));
    }
    constexpr uint64_t ROUNDS = 2000;
    std::string bytes;
    int64_t start = cpu_ns();
    for (uint64_t i = 0; i < ROUNDS; ++i) {
        bytes.clear();
        codec::encode_metric_record(batch, bytes);
    }
    report("metric record encode, a sample", cpu_ns() - start, ROUNDS * 2000, ROUNDS * bytes.size());
    start = cpu_ns();
    for (uint64_t i = 0; i < ROUNDS; ++i)
        static_cast<void>(codec::decode_metric_record(bytes, batch).ok());
    report("metric record decode, a sample", cpu_ns() - start, ROUNDS * 2000, ROUNDS * bytes.size());
    fmt::print("{:<52} {:.2f} B/sample\n", "metric record size", static_cast<double>(bytes.size()) / 2000);
}

/// Twelve labels a series; one of them has a value of its own in every tenth series.
void cardinality_alone() {
    constexpr size_t SERIES = 200'000;
    std::vector<model::Labels> all;
    for (size_t i = 0; i < SERIES; ++i) {
        model::LabelsBuilder labels;
        labels.set(model::METRIC_NAME, fmt::format("metric_{}", i % 500)).set("pod", fmt::format("pod-{}", i / 10));
        for (size_t k = 0; k < 10; ++k)
            labels.set(fmt::format("label_{}", k), fmt::format("value-{}", (i >> k) % (k + 2)));
        all.push_back(labels.build());
    }
    Cardinality cardinality({.values_per_label = 1'000'000});
    int64_t start = cpu_ns();
    for (const model::Labels& labels : all) {
        static_cast<void>(cardinality.over_limit("default", labels.view()));
        cardinality.count("default", labels.view(), 10, std::nullopt, 0);
    }
    report("cardinality, a new series of 12 labels", cpu_ns() - start, SERIES, 0);
    start = cpu_ns();
    for (const model::Labels& labels : all)
        cardinality.count("default", labels.view(), 11, 10, 0);
    report("cardinality, a series logged once more", cpu_ns() - start, SERIES, 0);
    fmt::print("{:<52} {:.1f} B/pair, {:.1f} B/series, {} pairs\n", "",
               static_cast<double>(cardinality.memory_bytes()) / static_cast<double>(cardinality.pairs()),
               static_cast<double>(cardinality.memory_bytes()) / SERIES, cardinality.pairs());
}

}  // namespace

int main(int argc, char**) {
    codec_alone();
    cardinality_alone();
    write_batches(4'000, 500);
    if (argc > 1) return 0;  // any argument: the short run
    write_batches(100'000, 10);
    write_batches(1'000'000, 2);
    return 0;
}
