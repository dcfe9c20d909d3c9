// The metric store with a fleet of CPU series: 12 a host (6 integer gauges, 4 gauges and 1 counter of two decimals, 1 integer
// counter), 12 labels a series, batches of about 2,000 samples. Arguments: names of runs (default: all).
#include "base/clock.h"
#include "base/file.h"
#include "store/metric/metric_store.h"

#include <cstdio>
#include <filesystem>
#include <random>

#include <time.h>
#include <unistd.h>

using namespace belfry;

namespace {

constexpr int64_t DAY_MS = 86'400'000;
constexpr int64_t START_MS = 1'790'000'000'000 / DAY_MS * DAY_MS;
constexpr const char* MODES[12] = {"user", "system", "idle", "nice", "iowait", "irq", "softirq", "steal", "guest", "guest_nice", "busy", "requests"};
constexpr const char* REGIONS[] = {"us-east-1", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"};
constexpr const char* SYSTEMS[] = {"Ubuntu16.10", "Ubuntu16.04LTS", "Ubuntu15.10"};
constexpr const char* TEAMS[] = {"SF", "NYC", "LON", "CHI"};
constexpr const char* ENVIRONMENTS[] = {"production", "staging", "test"};

struct Fleet {
    struct Series {
        int kind;
        double walk;
        double value;
    };
    std::mt19937_64 random{7};
    std::normal_distribution<double> normal{0, 1};
    std::vector<Series> series;
    std::vector<std::string> labels;

    explicit Fleet(size_t hosts) {
        for (size_t h = 0; h < hosts; h++) {
            const std::string region = REGIONS[random() % 9];
            const std::string datacenter = region + static_cast<char>('a' + random() % 3);
            const std::string rack = std::to_string(random() % 100);
            const std::string service = std::to_string(random() % 20);
            const char* os = SYSTEMS[random() % 3];
            const char* team = TEAMS[random() % 4];
            const char* environment = ENVIRONMENTS[random() % 3];
            for (int m = 0; m < 12; m++) {
                const std::string name = m < 10 ? std::string("cpu_usage_") + MODES[m] : m == 10 ? "cpu_busy_seconds_total" : "cpu_requests_total";
                labels.push_back(model::Labels{{"__name__", name}, {"hostname", "host_" + std::to_string(h)}, {"region", region},
                                               {"datacenter", datacenter}, {"rack", rack}, {"os", os}, {"arch", h % 2 ? "x64" : "x86"},
                                               {"team", team}, {"service", service}, {"service_version", h % 3 ? "1" : "0"},
                                               {"service_environment", environment}, {"mode", MODES[m]}}.bytes());
                series.push_back({m < 6 ? 0 : m < 10 ? 1 : m - 8, static_cast<double>(random() % 10000) / 100,
                                  static_cast<double>(random() % 1000000)});
            }
        }
    }
    double next(Series& s) {
        s.walk = std::clamp(s.walk + normal(random), 0.0, 100.0);
        switch (s.kind) {
            case 0: return std::floor(s.walk);
            case 1: return std::round(s.walk * 100) / 100;
            case 2: return s.value = std::round((s.value + s.walk / 10) * 100) / 100;
            default: return s.value += std::floor(s.walk);
        }
    }
    /// All batches of one scrape of every host.
    void scrape(int64_t time_ms, int jitter_ms, bool first, std::vector<model::MetricBatch>& out) {
        constexpr size_t BATCH = 166 * 12;
        out.clear();
        int64_t at = time_ms;
        for (size_t i = 0; i < series.size(); i++) {
            if (i % BATCH == 0) {
                out.emplace_back();
                out.back().series_day = static_cast<int32_t>(time_ms / DAY_MS);
            }
            model::MetricBatch& b = out.back();
            if (i % 12 == 0 && jitter_ms > 0) at = time_ms + static_cast<int64_t>(random() % static_cast<uint64_t>(2 * jitter_ms + 1)) - jitter_ms;
            if (b.times_ms.empty() || b.times_ms.back() != at) b.times_ms.push_back(at);
            if (first) b.add_series(i + 1, labels[i]);
            b.ids.push_back(i + 1);
            b.time_index.push_back(static_cast<uint32_t>(b.times_ms.size() - 1));
            b.values.push_back(next(series[i]));
        }
    }
};

uint64_t directory_bytes(const std::string& dir) {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
        if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
}

double resident_mb() {
    long pages = 0;
    if (FILE* f = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(f, "%*s %ld", &pages) != 1) pages = 0;
        std::fclose(f);
    }
    return static_cast<double>(pages) * 4096 / 1e6;
}

// Figures are CPU time, so that they hold on a machine that does other things too.
int64_t cpu_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

double seconds_since(int64_t start_ns) { return static_cast<double>(cpu_ns() - start_ns) / 1e9; }

void check(const Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "%s\n", status.error().message.c_str());
    std::exit(1);
}

void read_all(const char* name, const store::MetricStore& store, const model::Matchers& matchers, model::TimeRange range) {
    for (int round = 0; round < 3; round++) {
        int64_t start = cpu_ns();
        const auto selection = store.select("default", matchers, range, 0).value();
        const double select_s = seconds_since(start);
        start = cpu_ns();
        model::SampleColumns columns;
        uint64_t samples = 0;
        store::ReadCounts counts;
        for (size_t i = 0; i < selection->series().size(); i++) {
            check(selection->read(i, range, columns, counts));
            samples += columns.size();
        }
        const double read_s = seconds_since(start);
        if (round == 2) {
            std::printf("  %-26s select %8.2f ms (%zu series), read %8.2f ms: %6.1f M samples/s, %.1f ns a sample\n", name, select_s * 1e3,
                        selection->series().size(), read_s * 1e3, static_cast<double>(samples) / read_s / 1e6,
                        read_s * 1e9 / static_cast<double>(std::max<uint64_t>(1, samples)));
        }
    }
}

model::Matchers one(model::Matcher::Op op, const char* name, const char* value) { return {model::Matcher::make(op, name, value).value()}; }

void run(const char* name, size_t hosts, int scrapes, int jitter_ms, bool live) {
    char dir[] = "/tmp/store_bench_XXXXXX";
    if (::mkdtemp(dir) == nullptr) std::exit(1);
    ManualClock clock(START_MS);
    store::MetricStoreConfig config;
    config.retention_ms = 36'500 * DAY_MS;
    auto store = store::MetricStore::open(real_file_system(), clock, {dir, config, {}}).value();
    Fleet fleet(hosts);
    const double before_mb = resident_mb();
    std::vector<model::MetricBatch> batches;
    uint64_t offset = 0;
    int64_t apply_ns = 0;
    int64_t first_ns = 0;
    int64_t maintain_ns = 0;
    double slowest_ms = 0;
    for (int i = 0; i < scrapes; i++) {
        fleet.scrape(START_MS + int64_t{i} * 10'000, jitter_ms, i == 0, batches);
        for (const auto& batch : batches) {
            const int64_t start = cpu_ns();
            check(store->apply(batch, offset++));
            const int64_t took = cpu_ns() - start;
            apply_ns += took;
            if (i > 0) slowest_ms = std::max(slowest_ms, static_cast<double>(took) / 1e6);
        }
        if (i == 0) first_ns = std::exchange(apply_ns, 0);
        if (live) clock.advance_ms(10'000);
        const int64_t start = cpu_ns();
        if (i + 1 < scrapes) check(store->maintain());
        maintain_ns += cpu_ns() - start;
    }
    const auto n = static_cast<double>(fleet.series.size()) * scrapes;
    const auto s = store->status();
    std::printf("%s: %zu series x %d scrapes = %.2f M samples\n", name, fleet.series.size(), scrapes, n / 1e6);
    std::printf("  %-26s %8.1f ns a sample, first scrape %.0f ns a series, slowest batch %.1f ms\n", "apply",
                static_cast<double>(apply_ns) / (n - static_cast<double>(fleet.series.size())),
                static_cast<double>(first_ns) / static_cast<double>(fleet.series.size()), slowest_ms);
    std::printf("  %-26s %8.0f B a series: head %.0f, index %.0f; process grew by %.0f MB\n", "memory",
                static_cast<double>(s.head_bytes + s.index_bytes) / static_cast<double>(fleet.series.size()),
                static_cast<double>(s.head_bytes) / static_cast<double>(fleet.series.size()),
                static_cast<double>(s.index_bytes) / static_cast<double>(fleet.series.size()), resident_mb() - before_mb);
    const model::TimeRange all{START_MS, START_MS + int64_t{scrapes} * 10'000};
    read_all("head: everything", *store, {}, all);
    int64_t start = cpu_ns();
    check(store->seal());
    const double seal_s = seconds_since(start);
    const auto sealed = static_cast<double>(store->status().head_samples);
    std::printf("  %-26s %8.1f ns a sample of the last seal; earlier housekeeping %.1f ns a sample\n", "seal",
                seal_s * 1e9 / static_cast<double>(std::max<uint64_t>(1, s.head_samples)), static_cast<double>(maintain_ns) / n);
    (void)sealed;
    std::printf("  %-26s %8.3f B a sample\n", "disk after seals", static_cast<double>(directory_bytes(dir)) / n);
    start = cpu_ns();
    check(store->compact());
    std::printf("  %-26s %8.1f ns a sample\n", "fold", seconds_since(start) * 1e9 / n);
    const auto bytes = static_cast<double>(directory_bytes(dir));
    std::printf("  %-26s %8.3f B a sample, %.0f B a series\n", "disk after compact", bytes / n, bytes / static_cast<double>(fleet.series.size()));
    for (const auto& file : store->status().files) {
        std::printf("    %-28s %9.3f MB %10zu samples\n", file.name.c_str(), static_cast<double>(file.bytes) / 1e6, static_cast<size_t>(file.samples));
    }
    read_all("part: everything", *store, {}, all);
    read_all("part: one metric", *store, one(model::Matcher::Op::equal, "__name__", "cpu_usage_user"), all);
    read_all("part: last 5 minutes", *store, {}, {all.to_ms - 300'000, all.to_ms});
    read_all("part: one host", *store, one(model::Matcher::Op::equal, "hostname", "host_7"), all);
    read_all("part: regex 222 of hosts", *store, one(model::Matcher::Op::regex, "hostname", "host_1.*"), {all.to_ms - 300'000, all.to_ms});
    for (int round = 0; round < 2; round++) {
        start = cpu_ns();
        const auto values = store->label_values({.tenant = "default", .range = all, .selectors = {}}, "hostname").value();
        if (round == 1) std::printf("  %-26s %8.2f ms (%zu)\n", "label values", seconds_since(start) * 1e3, values.size());
    }
    start = cpu_ns();
    store.reset();
    store = store::MetricStore::open(real_file_system(), clock, {dir, config, {}}).value();
    std::printf("  %-26s %8.2f ms\n", "open", seconds_since(start) * 1e3);
    std::filesystem::remove_all(dir);
}

}  // namespace

int main(int argc, char** argv) {
    const auto wanted = [&](std::string_view name) {
        for (int i = 1; i < argc; i++) {
            if (name == argv[i]) return true;
        }
        return argc < 2;
    };
    if (wanted("exact")) run("exact", 333, 1440, 0, false);
    if (wanted("jitter")) run("jitter", 333, 1440, 5, false);
    if (wanted("live")) run("live", 333, 1440, 5, true);
    if (wanted("day")) run("day", 100, 8640, 5, true);
    if (wanted("many")) run("many", 8000, 60, 0, false);
    return 0;
}
