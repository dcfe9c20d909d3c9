// The queue with producers that wait for durability and a consumer that keeps up; then the start with a large log.
#include "queue/queue.h"

#include <filesystem>
#include <thread>

using namespace belfry;
using namespace belfry::queue;

namespace {

void report(const std::string& name, int64_t ns, uint64_t operations, uint64_t bytes) {
    fmt::print("{:<44} {:>12.0f} ns/op {:>9.1f} MB/s\n", name, static_cast<double>(ns) / static_cast<double>(operations),
               static_cast<double>(bytes) / static_cast<double>(ns) * 1e3);
}

std::string bench_directory() {
    const char* tmp = std::getenv("TMPDIR");
    return fmt::format("{}/belfry-queue-bench-{}", tmp != nullptr ? tmp : "/tmp", std::chrono::steady_clock::now().time_since_epoch().count());
}

void produce(const std::string& name, uint64_t body_bytes, size_t window, uint64_t total_bytes, bool consume) {
    const std::string directory = bench_directory();
    Clock& clock = system_clock();
    journal::JournalConfig journal;
    journal.directory = directory;
    auto q = Queue::open(real_file_system(), clock, {}, journal).value();
    auto consumer = q->add_consumer({.name = "bench", .topic = 0, .policy = ConsumerPolicy::must, .position = 0}).value();
    q->start_retention();
    const uint64_t records = total_bytes / body_bytes;
    std::thread reader;
    const auto read_all = [&] {
        uint64_t seen = 0;
        while (seen < records) {
            const auto got = consumer->poll(1000).value();
            if (got.empty()) continue;
            seen = got.back()->next_offset();
            consumer->applied_up_to(seen);
            if (consume) consumer->stored_up_to(seen / 1000 * 1000);
        }
    };
    const int64_t start = clock.monotonic_ns();
    if (consume) reader = std::thread(read_all);
    std::deque<Ticket> waiting;
    const std::string body(body_bytes, 'x');
    for (uint64_t i = 0; i < records; ++i) {
        while (true) {
            auto ticket = q->append(Topic::metrics, body);
            if (ticket.ok()) {
                waiting.push_back(*ticket);
                break;
            }
            std::this_thread::yield();
        }
        if (waiting.size() >= window) {
            static_cast<void>(waiting.front().wait().value());
            waiting.pop_front();
        }
    }
    for (const Ticket& t : waiting) static_cast<void>(t.wait().value());
    report(name + ": in", clock.monotonic_ns() - start, records, records * body_bytes);
    if (consume) {
        reader.join();
        report(name + ": in and out", clock.monotonic_ns() - start, records, records * body_bytes);
    } else {
        const int64_t read_start = clock.monotonic_ns();
        read_all();
        report(name + ": out from disk", clock.monotonic_ns() - read_start, records, records * body_bytes);
    }
    const QueueStatus status = q->snapshot();
    fmt::print("{:<44} p50 {:.2f} ms, p99 {:.2f} ms, {} syncs\n", name + ": commit", status.sync_p50_ms, status.sync_p99_ms, status.syncs_total);
    consumer.reset();
    q.reset();
    std::filesystem::remove_all(directory);
}

void restart(uint64_t total_bytes) {
    const std::string directory = bench_directory();
    Clock& clock = system_clock();
    journal::JournalConfig journal;
    journal.directory = directory;
    journal.sync_policy = journal::SyncPolicy::never;  // only to fill it faster
    QueueConfig config;
    config.log_bytes_max = 1ULL << 40;
    {
        auto q = Queue::open(real_file_system(), clock, config, journal).value();
        const std::string body(1 << 20, 'x');
        std::deque<Ticket> waiting;
        for (uint64_t i = 0; i < total_bytes >> 20; ++i) {
            waiting.push_back(q->append(Topic::metrics, body).value());
            if (waiting.size() >= 8) {
                static_cast<void>(waiting.front().wait().value());
                waiting.pop_front();
            }
        }
        for (const Ticket& t : waiting) static_cast<void>(t.wait().value());
    }
    std::filesystem::remove(directory + "/clean");
    const int64_t start = clock.monotonic_ns();
    auto q = Queue::open(real_file_system(), clock, config, journal).value();
    report(fmt::format("queue start after a crash with {} MiB", total_bytes >> 20), clock.monotonic_ns() - start, 1, total_bytes);
    q.reset();
    std::filesystem::remove_all(directory);
}

}  // namespace

int main() {
    produce("queue 64 KiB, window 64, live consumer", 64 << 10, 64, 2ULL << 30, true);
    produce("queue 64 KiB, window 16, live consumer", 64 << 10, 16, 1ULL << 30, true);
    produce("queue 64 KiB, replay", 64 << 10, 64, 200 << 20, false);
    produce("queue 1 KiB, window 4096, live consumer", 1 << 10, 4096, 512 << 20, true);
    restart(std::getenv("BELFRY_BENCH_LARGE") != nullptr ? 10ULL << 30 : 1ULL << 30);
    return 0;
}
