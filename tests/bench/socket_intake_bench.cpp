// What lines over sockets cost: statsd's and Graphite's decoding and counting, and the whole way of datagrams.
#include "base/clock.h"
#include "ingest/graphite/listener.h"
#include "ingest/statsd/listener.h"
#include "support/datagrams.h"

#include <ctime>

namespace {

using namespace belfry;

double cpu_ns(clockid_t clock) {
    timespec t{};
    ::clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

void print(const char* name, double ns, double operations, double bytes) {
    std::printf("%-52s %8.1f ns/op %8.0f MB/s %10.0f op/s\n", name, ns / operations, bytes / ns * 1000,
                operations / ns * 1e9);
}

constexpr int KEYS = 1'000;
constexpr int LINES = 2'000'000;

std::string statsd_line(int i) {
    const std::string key = "service.requests:1|c|#host:web" + std::to_string(i % KEYS) + ",region:eu";
    return i % 10 == 0 ? "service.latency:" + std::to_string(i % 500) + ".5|ms|#host:web" + std::to_string(i % KEYS)
                       : key;
}

ingest::MetricSink nowhere() {
    return [](const ingest::WireBatch& batch) -> Result<ingest::WriteOutcome> {
        ingest::WriteOutcome out;
        out.accepted_samples = batch.samples.size();
        return out;
    };
}

void bench_statsd_lines() {
    ingest::ReceiverStats stats(system_clock(), "statsd_bench", "statsd", "");
    auto receiver = ingest::statsd::StatsdReceiver::open(system_clock(), {.listen = ""}, nowhere(), stats).value();
    ingest::SocketIntake::Chunk chunk;
    for (int i = 0; i < 10'000; i++)
        chunk.bytes += statsd_line(i) + "\n";
    const double start = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < LINES / 10'000; i++)
        receiver->take(chunk);
    print("statsd, decode and count, a line", cpu_ns(CLOCK_THREAD_CPUTIME_ID) - start, LINES,
          static_cast<double>(chunk.bytes.size()) * LINES / 10'000);
}

void bench_graphite_lines() {
    std::string lines;
    for (int i = 0; i < 10'000; i++)
        lines += "servers.web" + std::to_string(i % KEYS) + ".cpu.user " + std::to_string(i % 100) + ".25 1795348800\n";
    ingest::graphite::PointMapper mapper;
    ingest::WireBatch batch;
    const double start = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    for (int i = 0; i < LINES / 10'000; i++) {
        mapper.clear(batch);
        mapper.add_lines(lines, 0, batch);
    }
    print("graphite, lines into a batch, a line", cpu_ns(CLOCK_THREAD_CPUTIME_ID) - start, LINES,
          static_cast<double>(lines.size()) * LINES / 10'000);
}

// One sender at full speed; the CPU is that of the whole process, the sender's included.
void bench_datagrams() {
    constexpr int DATAGRAMS = 300'000;
    ingest::ReceiverStats stats(system_clock(), "statsd_bench", "statsd", "");
    auto receiver =
        ingest::statsd::StatsdReceiver::open(system_clock(), {.listen = "127.0.0.1:0"}, nowhere(), stats).value();
    receiver->start();
    const tests::DatagramSender sender(*receiver->udp());
    const std::string line = statsd_line(1);
    const double start = cpu_ns(CLOCK_MONOTONIC);
    const double cpu = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < DATAGRAMS; i++)
        (void)sender.send(line);
    const double took = cpu_ns(CLOCK_MONOTONIC) - start;
    receiver->stop();
    const double used = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    print("statsd, datagrams of one line through the kernel", took, DATAGRAMS,
          static_cast<double>(line.size()) * DATAGRAMS);
    std::printf("  taken %.2f %%, CPU of sender and receiver %.0f ns a datagram\n",
                static_cast<double>(stats.snapshot().records_total) * 100 / DATAGRAMS, used / DATAGRAMS);
}

}  // namespace

int main() {
    bench_statsd_lines();
    bench_graphite_lines();
    bench_datagrams();
    return 0;
}
