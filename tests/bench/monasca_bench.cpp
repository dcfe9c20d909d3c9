// What taking Monasca's metrics costs before the writer: the walk through the JSON into a batch.
#include "ingest/monasca/map.h"

#include <ctime>

int main() {
    using namespace belfry;
    const auto cpu_ns = [] {
        timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
    };
    constexpr int METRICS = 2'000;
    constexpr int ROUNDS = 200;
    std::string body = "[";
    for (int i = 0; i < METRICS; i++)
        body += fmt::format(
            R"({}{{"name": "cpu.idle_perc", "dimensions": {{"hostname": "host_{}", "service": "compute", "component": "nova", "device": "cpu{}"}}, "timestamp": 1795348800123.25, "value": {}.5, "value_meta": {{}}}})",
            i > 0 ? ", " : "", i / 8, i % 8, i % 100);
    body += "]";
    ingest::WireBatch batch;
    uint64_t samples = 0;
    const double start = cpu_ns();
    for (int r = 0; r < ROUNDS; r++) {
        ingest::monasca::MetricMapper mapper(body);
        if (!mapper.fill(batch, METRICS + 1).ok()) return 1;
        samples += batch.samples.size();
    }
    const double ns = cpu_ns() - start;
    std::printf("%-40s %8.1f ns/op %8.0f MB/s\n", "monasca metrics into a batch, a sample",
                ns / static_cast<double>(samples), static_cast<double>(body.size()) * ROUNDS / ns * 1000);
    return 0;
}
