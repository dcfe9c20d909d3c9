// The log alone: what one commit cycle and one read cost.
#include "journal/segment_log.h"

#include <filesystem>

using namespace belfry;
using namespace belfry::journal;

namespace {

std::string bench_directory() {
    const char* tmp = std::getenv("TMPDIR");
    return fmt::format("{}/belfry-journal-bench-{}", tmp != nullptr ? tmp : "/tmp", std::chrono::steady_clock::now().time_since_epoch().count());
}

void report(const std::string& name, int64_t ns, uint64_t operations, uint64_t bytes) {
    fmt::print("{:<44} {:>12.0f} ns/op {:>9.1f} MB/s\n", name, static_cast<double>(ns) / static_cast<double>(operations),
               static_cast<double>(bytes) / static_cast<double>(ns) * 1e3);
}

void run(const std::string& name, uint64_t body_bytes, size_t per_commit, uint64_t total_bytes) {
    const std::string directory = bench_directory();
    Clock& clock = system_clock();
    JournalConfig config;
    config.directory = directory;
    auto log = SegmentLog::open(real_file_system(), clock, config).value();
    const PartitionId id = log->open_partition("t").value();
    std::string body(body_bytes, 'x');
    for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761U >> 11);
    const std::vector<LogEntry> entries(per_commit, LogEntry{.partition = id, .time_ms = 1, .body = body});
    const uint64_t commits = total_bytes / (body_bytes * per_commit);
    for (const char* pass : {"new files", "recycled files"}) {
        const int64_t start = clock.monotonic_ns();
        for (uint64_t i = 0; i < commits; ++i) {
            const auto positions = log->append(entries).value();
            log->commit(positions.back().index).value();
            if (log->segments().size() > 2) log->retire_below(log->segments()[log->segments().size() - 2].sequence).value();
        }
        report(fmt::format("{}, {}: append + sync", name, pass), clock.monotonic_ns() - start, commits * per_commit,
               commits * per_commit * body_bytes);
    }
    uint64_t from = log->partitions()[id].begin_offset;
    uint64_t bytes = 0;
    uint64_t blocks = 0;
    int64_t start = clock.monotonic_ns();
    while (true) {
        const LogSlice slice = log->read({.partition = id, .offset = from, .limit_bytes = 1 << 20}).value();
        if (slice.blocks.empty()) break;
        for (const LogBlock& b : slice.blocks) bytes += b.body.size();
        blocks += slice.blocks.size();
        from = slice.next_offset;
    }
    report(name + ": read", clock.monotonic_ns() - start, blocks, bytes);
    log.reset();
    std::filesystem::remove(directory + "/clean");
    start = clock.monotonic_ns();
    log = SegmentLog::open(real_file_system(), clock, config).value();
    report(name + ": open after a crash", clock.monotonic_ns() - start, 1, log->recovery().bytes_scanned);
    log.reset();
    std::filesystem::remove_all(directory);
}

}  // namespace

int main() {
    run("journal 64 KiB bodies, 1 a commit", 64 << 10, 1, 512 << 20);
    run("journal 64 KiB bodies, 16 a commit", 64 << 10, 16, 1ULL << 30);
    run("journal 1 KiB bodies, 1000 a commit", 1 << 10, 1000, 512 << 20);
    return 0;
}
