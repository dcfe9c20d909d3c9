#pragma once

#include "queue/gather.h"
#include "queue/queue.h"
#include "queue/ring.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace belfry::queue {

struct PendingRecord {
    Append record;
    int64_t time_ms = 0;
};

/// The records of one commit cycle and what their tickets wait for.
struct Ticket::Group {
    std::vector<PendingRecord> records;
    uint64_t bytes = 0;
    std::vector<uint64_t> offsets;
    std::optional<Error> error;
    std::atomic<uint32_t> done{0};
    void finish(std::optional<Error> outcome);
};

/// All of it guarded by the queue's mutex, except what is const.
struct ConsumerState {
    ConsumerOptions options;
    uint64_t position = 0;  // next to be polled
    uint64_t applied = 0;
    uint64_t stored = 0;
    uint64_t skipped = 0;
    bool flush_wanted = false;
    bool woken = false;
    std::condition_variable arrived;  // a record, or `woken`
    uint64_t live_from = 0;           // offsets from here on are counted in live bytes
    uint64_t applied_live_bytes = 0;  // of TopicState::live_bytes
    struct Given {
        uint64_t next_offset = 0;
        int64_t time_ms = 0;
        uint64_t bytes = 0;
    };
    std::deque<Given> given;  // polled, not applied
};

struct TopicState {
    std::string name;
    journal::PartitionId partition = 0;
    uint64_t begin = 0;
    uint64_t end = 0;         // durable
    uint64_t live_bytes = 0;  // appended since start
    std::vector<std::shared_ptr<ConsumerState>> consumers;
};

struct Queue::Impl {
    FileSystem& files;
    Clock& clock;
    const QueueConfig config;
    const journal::JournalConfig journal_config;
    std::shared_ptr<journal::SegmentLog> log;  // null when closed; readers hold their own
    std::thread writer;
    Gather gather;  // the writer's own

    mutable std::mutex mutex;  // guards all below
    std::condition_variable work;  // for the writer
    std::deque<TopicState> topics;    // grows on the writer's thread only
    Ring ring;
    std::deque<std::shared_ptr<Ticket::Group>> pending;
    uint64_t pending_bytes = 0;
    uint64_t pending_records = 0;
    std::vector<std::function<void()>> commands;
    bool closing = false;
    bool failed = false;
    bool retention_on = false;
    bool tidy_wanted = false;
    bool stored_moved = false;
    uint64_t epoch = 1;
    uint64_t refused = 0;  // this and the next four: since start
    uint64_t appended_records = 0;
    uint64_t appended_bytes = 0;
    uint64_t ring_reads = 0;
    uint64_t log_reads = 0;
    DiskGuard disk_guard = DiskGuard::ok;
    DiskSpace disk;
    uint64_t log_used_bytes = 0;
    uint64_t log_allocated_bytes = 0;
    uint64_t log_segments = 0;
    static constexpr size_t SYNC_TIMES = 512;  // commit cycles behind p50 and p99
    std::array<int64_t, SYNC_TIMES> sync_times_ns{};
    uint64_t sync_count = 0;

    Impl(FileSystem& f, Clock& c, QueueConfig q, journal::JournalConfig j)
        : files(f), clock(c), config(q), journal_config(std::move(j)), gather(q.gather_ms * 1'000'000), ring(q.ring_bytes) {}

    Result<uint32_t> add_topic(std::string_view name);
    Status skip_to(uint32_t topic, uint64_t offset);
    [[nodiscard]] Status check_global(uint64_t more_bytes) const;
    [[nodiscard]] Status check_lag(const TopicState& topic) const;
    [[nodiscard]] int64_t lag_ms(const ConsumerState& consumer, const TopicState& topic) const;
    /// Runs `command` on the writer's thread and returns when done; not at all when closing.
    void on_writer(std::function<void()> command);
    void run();
    /// Waits a moment for records of writers that are known to be about to come; under `lock`.
    void gather_records(std::unique_lock<std::mutex>& lock);
    void commit_group(Ticket::Group& group);
    void wake_consumers();  // all of them, under the lock
    void fail_pending(Ticket::Group& group, const Error& error);

    // retention.cpp, on the writer's thread
    void housekeep();
    void check_disk();
    void measure_log();
    void mark_flushes(const std::vector<journal::SegmentLog::SegmentFacts>& segments);
    void retire(const std::vector<journal::SegmentLog::SegmentFacts>& segments);
};

}  // namespace belfry::queue
