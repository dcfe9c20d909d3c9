// What taking a remote write costs before the writer: snappy and the walk into a batch; and reading text exposition.
#include "base/hash.h"
#include "codec/compress.h"
#include "ingest/exposition/map.h"
#include "ingest/prometheus/map.h"
#include "ingest/prometheus/map_v2.h"
#include "support/remote_write.h"
#include "support/remote_write_v2.h"

#include <ctime>

namespace {

using namespace belfry;

double cpu_ns() {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

void print(const char* name, double ns, double operations, double bytes) {
    std::printf("%-40s %8.1f ns/op %8.0f MB/s\n", name, ns / operations, bytes / ns * 1000);
}

constexpr int SERIES = 2000;
constexpr int ROUNDS = 200;
constexpr const char* MODES[] = {"user", "system",  "idle",  "nice",  "iowait",
                                 "irq",  "softirq", "steal", "guest", "guest_nice"};

template <typename Message, typename Mapper>
void bench_remote_write(const std::string& name) {
    Message message;
    for (int i = 0; i < SERIES; i++) {
        const std::string host = "host_" + std::to_string(i / 10);
        const std::string rack = std::to_string(i % 100);
        message.series({{"__name__", "cpu_usage"},
                        {"arch", "x64"},
                        {"datacenter", "eu-central-1a"},
                        {"hostname", host},
                        {"mode", MODES[i % 10]},
                        {"os", "Debian 12"},
                        {"rack", rack},
                        {"region", "eu-central-1"},
                        {"service", "19"},
                        {"service_environment", "production"},
                        {"service_version", "1"},
                        {"team", "NYC"}},
                       {{1'795'309'440'000, static_cast<double>(i)}});
    }
    const std::string packed = codec::compress(codec::Coding::snappy, message.bytes());
    std::string plain;
    double start = cpu_ns();
    bool ok = true;
    for (int r = 0; r < ROUNDS; r++)
        ok &= codec::decompress(codec::Coding::snappy, packed, {}, plain).ok();
    print((name + ", snappy, a sample").c_str(), cpu_ns() - start, double{SERIES} * ROUNDS,
          static_cast<double>(plain.size()) * ROUNDS);
    Mapper mapper;
    ingest::WireBatch batch;
    batch.series.reserve(SERIES);
    start = cpu_ns();
    for (int r = 0; r < ROUNDS; r++) {
        batch.clear();
        ok &= mapper.map(plain, batch).ok();
    }
    print((name + ", walk into a batch, a sample").c_str(), cpu_ns() - start, double{SERIES} * ROUNDS,
          static_cast<double>(plain.size()) * ROUNDS);
    uint64_t hash = 0;
    start = cpu_ns();
    for (int r = 0; r < ROUNDS; r++) {
        for (const auto& series : batch.series)
            hash ^= hash64(series.wire, 1) ^ hash64(series.wire, 2);
    }
    print((name + ", the hashes of a series").c_str(), cpu_ns() - start, double{SERIES} * ROUNDS, 1);
    if (hash == 42 || !ok || batch.samples.size() != SERIES) std::printf("remote write: WRONG\n");
}

void bench_exposition(bool extra_label) {
    std::string text = "# HELP node_cpu_seconds_total Time.\n# TYPE node_cpu_seconds_total counter\n";
    for (int i = 0; i < SERIES; i++)
        text += "node_cpu_seconds_total{cpu=\"" + std::to_string(i) + "\",mode=\"idle\",instance=\"host:9100\"} " +
                std::to_string(i * 17) + ".25 1795309440000\n";
    ingest::exposition::MapOptions options;
    if (extra_label) options.extra_labels = {{"job", "import"}};
    ingest::WireBatch batch;
    size_t samples = 0;
    const double start = cpu_ns();
    for (int r = 0; r < ROUNDS; r++) {
        ingest::exposition::ExpositionMapper mapper(text, codec::ExpositionFormat::text, options);
        while (mapper.fill(batch, 10'000))
            samples += batch.samples.size();
    }
    print(extra_label ? "text import with an extra label, a line" : "text import, a line", cpu_ns() - start,
          double{SERIES} * ROUNDS, static_cast<double>(text.size()) * ROUNDS);
    if (samples != size_t{SERIES} * ROUNDS) std::printf("text import: WRONG\n");
}

}  // namespace

int main() {
    bench_remote_write<tests::RemoteWriteMessage, ingest::prometheus::WriteRequestMapper>("remote write");
    bench_remote_write<tests::RemoteWriteMessageV2, ingest::prometheus::WriteRequestMapperV2>("remote write 2.0");
    bench_exposition(false);
    bench_exposition(true);
    return 0;
}
