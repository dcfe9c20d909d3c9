// Native histograms: bytes and time in the log, in chunks, and through the store. A client's latencies: schema 3, 24
// buckets in use, some 15 observations between two scrapes.
#include "codec/metric_record.h"
#include "codec/sample_side.h"
#include "store/metric/metric_store.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>

using namespace belfry;

namespace {

constexpr size_t SERIES = 1'000;
constexpr size_t SCRAPES = 240;
constexpr int64_t BEGIN_MS = 1'790'000'000'000;

double cpu_ns() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

class Client {
  public:
    explicit Client(uint64_t seed) : random_(seed) {
        now_.schema = 3;
        now_.zero_threshold = 0x1p-128;
        now_.positive_spans = {{-40, 24}};
        now_.positive_buckets.assign(24, 0);
    }
    std::shared_ptr<const model::Histogram> scrape() {
        std::normal_distribution<double> where(12, 4);
        const size_t seen = random_() % 30;
        for (size_t i = 0; i < seen; i++) {
            const double at = std::clamp(where(random_), 0.0, 23.0);
            now_.positive_buckets[static_cast<size_t>(at)]++;
            now_.count++;
            now_.sum += std::exp2((at - 40) / 8);
        }
        return std::make_shared<model::Histogram>(now_);
    }

  private:
    std::mt19937_64 random_;
    model::Histogram now_;
};

}  // namespace

int main() {
    std::vector<Client> clients;
    for (size_t s = 0; s < SERIES; s++)
        clients.emplace_back(s);
    std::vector<model::MetricBatch> batches(SCRAPES);
    for (size_t t = 0; t < SCRAPES; t++) {
        model::MetricBatch& b = batches[t];
        b.series_day = static_cast<int32_t>(BEGIN_MS / 86'400'000);
        b.times_ms = {BEGIN_MS + static_cast<int64_t>(t) * 15'000};
        for (size_t s = 0; s < SERIES; s++) {
            if (t == 0)
                b.add_series(s + 1, model::Labels{{"__name__", "http_request_duration_seconds"},
                                                  {"instance", fmt::format("host-{}:80", s)}}
                                        .bytes());
            auto histogram = clients[s].scrape();
            b.ids.push_back(s + 1);
            b.time_index.push_back(0);
            b.values.push_back(histogram->sum);
            b.histogram_rows.push_back(static_cast<uint32_t>(s));
            b.histograms.push_back(std::move(histogram));
            b.start_rows.push_back(static_cast<uint32_t>(s));
            b.start_times_ms.push_back(BEGIN_MS - static_cast<int64_t>(s) * 1'000);
        }
    }
    const double all = static_cast<double>(SERIES * SCRAPES);

    std::vector<std::string> records(SCRAPES);
    double begin = cpu_ns();
    for (size_t t = 0; t < SCRAPES; t++)
        codec::encode_metric_record(batches[t], records[t]);
    double ns = (cpu_ns() - begin) / all;
    size_t bytes = 0;
    for (const auto& r : records)
        bytes += r.size();
    std::printf("%-28s %9.1f ns/histogram %9.1f B/histogram\n", "log record encode", ns,
                static_cast<double>(bytes) / all);
    model::MetricBatch back;
    begin = cpu_ns();
    for (const auto& r : records)
        if (!codec::decode_metric_record(r, back).ok()) return 1;
    std::printf("%-28s %9.1f ns/histogram\n", "log record decode", (cpu_ns() - begin) / all);

    const std::string dir = fmt::format("/tmp/belfry-histogram-bench-{}", ::getpid());
    ManualClock clock(BEGIN_MS + 86'400'000);
    {
        auto store = store::MetricStore::open(real_file_system(), clock, {dir, {}, {}}).value();
        begin = cpu_ns();
        for (size_t t = 0; t < SCRAPES; t++)
            if (!store->apply(batches[t], t).ok()) return 1;
        std::printf("%-28s %9.1f ns/histogram %9.1f B/histogram in the head\n", "apply", (cpu_ns() - begin) / all,
                    static_cast<double>(store->status().head_bytes) / all);
        begin = cpu_ns();
        if (!store->seal().ok()) return 1;
        std::printf("%-28s %9.1f ns/histogram %9.1f B/histogram on disk\n", "seal", (cpu_ns() - begin) / all,
                    static_cast<double>(store->status().disk_bytes) / all);
        begin = cpu_ns();
        if (!store->compact().ok()) return 1;
        std::printf("%-28s %9.1f ns/histogram %9.1f B/histogram on disk\n", "fold", (cpu_ns() - begin) / all,
                    static_cast<double>(store->status().disk_bytes) / all);
        begin = cpu_ns();
        const auto selection = store->select("default", {}, {0, BEGIN_MS * 2}, 0).value();
        size_t read = 0;
        for (size_t i = 0; i < selection->series().size(); i++) {
            model::SampleColumns columns;
            store::ReadCounts counts;
            if (!selection->read(i, {0, BEGIN_MS * 2}, columns, counts).ok()) return 1;
            for (size_t k = 0; k < columns.size(); k++)
                read += columns.histograms.at(k)->count >= 0 && columns.start_times_ms.at(k) != 0;
        }
        std::printf("%-28s %9.1f ns/histogram\n", "read all of a part", (cpu_ns() - begin) / all);
        if (read != SERIES * SCRAPES) return 1;
    }
    std::filesystem::remove_all(dir);
    return 0;
}
