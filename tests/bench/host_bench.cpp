// What reading this host costs: CPU time of the readings of one second, of ten seconds, and their share of a core.
// With --names: the metric names that this host gives, to compare with node_exporter's.
#include "ingest/host/listener.h"

#include <ctime>

namespace {

using namespace belfry;

double cpu_seconds() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
    ManualClock clock(system_clock().now_ms());
    ingest::ReceiverStats stats(clock, "host", "Host", "");
    std::set<std::string> names;
    size_t samples = 0;
    const ingest::MetricSink sink = [&](const ingest::WireBatch& batch) -> Result<ingest::WriteOutcome> {
        ingest::WriteOutcome out;
        out.accepted_samples = samples = batch.samples.size();
        for (const auto& m : batch.metadata)
            names.insert(m.name);
        return out;
    };
    ingest::host::HostCollector collector(clock, {}, sink, stats, [] { return uint64_t{0}; });
    collector.tick();
    if (argc > 1 && std::string_view(argv[1]) == "--names") {
        for (const std::string& n : names)
            std::printf("%s\n", n.c_str());
        return 0;
    }
    constexpr int SECONDS = 300;
    const double before = cpu_seconds();
    for (int i = 0; i < SECONDS; i++) {
        clock.advance_ms(1000);
        collector.tick();
    }
    const double spent = cpu_seconds() - before;
    std::printf("host reading, a second %34.0f ns/op %7.3f %% of a core, %zu series\n", spent / SECONDS * 1e9,
                spent / SECONDS * 100, samples);
    return 0;
}
