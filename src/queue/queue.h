#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "journal/segment_log.h"
#include "queue/topic.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::queue {

struct QueueConfig {
    uint64_t pending_bytes_max = 64ULL << 20;       // accepted, not yet on disk; past it appends are refused
    uint64_t commit_bytes_max = 4ULL << 20;         // one write and one sync
    int64_t gather_ms = 1;                          // a commit waits so long for writers that run side by side
    uint64_t ring_bytes = 64ULL << 20;              // newest records in memory for consumers that keep up
    uint64_t lag_bytes_max = 256ULL << 20;          // a `must` consumer further behind makes appends be refused
    int64_t lag_ms_max = 60'000;                    // or this old its next record, once lag_bytes_max / 8 is behind too
    uint64_t unstored_bytes_max = 1ULL << 30;       // log held only by stores that keep it in memory: ask them to flush
    uint64_t log_bytes_max = 16ULL << 30;           // past it appends are refused until stores have flushed
    int64_t retention_ms = 0;                       // kept on after all `must` consumers have stored it
    uint64_t retention_bytes = 1ULL << 30;          // at most this much is kept by retention_ms
    int64_t topic_retention_ms = 7 * 86'400'000LL;  // users' topics
    double disk_low_ratio = 0.85;                   // used; from here only what consumers need is kept
    double disk_full_ratio = 0.95;                  // used; from here appends are refused
    uint64_t disk_reserve_bytes = 64ULL << 20;      // free; appends are refused below this whatever the ratio
    uint64_t trim_bytes = 1ULL << 20;               // an open segment that nobody needs is dropped above this size
    int64_t housekeeping_ms = 1'000;
};

/// A record as consumers see it. `decoded` is what the producer built anyway (see `Append`); null after a replay.
struct Record {
    uint32_t topic = 0;
    uint32_t record_count = 1;
    uint64_t offset = 0;
    int64_t time_ms = 0;
    std::string payload_storage;  // empty when `buffer` owns the bytes
    std::string_view payload;
    std::shared_ptr<const void> decoded;
    uint64_t decoded_bytes = 0;
    std::shared_ptr<const std::string> buffer;
    [[nodiscard]] uint64_t next_offset() const { return offset + record_count; }
};
using RecordPtr = std::shared_ptr<const Record>;

struct Append {
    uint32_t topic = 0;
    std::string payload;
    std::shared_ptr<const void> decoded;  // the same content decoded, so that live consumers need not; may be null
    uint64_t decoded_bytes = 0;           // its size in memory, for the ring's budget
    uint32_t record_count = 1;
    /// When not 0: refused (`unavailable`) if the queue has lost records since that `Queue::epoch()`.
    uint64_t expected_epoch = 0;
};

/// A promise of durability. Copyable; cheap.
class Ticket {
  public:
    Ticket() = default;
    /// Blocks until the record is on disk (or refused); gives its offset.
    [[nodiscard]] Result<uint64_t> wait() const;
    [[nodiscard]] bool done() const;
    /// Stands for no record.
    [[nodiscard]] bool empty() const { return group_ == nullptr; }

  private:
    friend class Queue;
    struct Group;
    Ticket(std::shared_ptr<Group> group, size_t place) : group_(std::move(group)), place_(place) {}
    std::shared_ptr<Group> group_;
    size_t place_ = 0;
};

enum class ConsumerPolicy {
    must,      // retention never passes it; when it lags, senders are slowed
    may_skip,  // when it lags past the ring or retention it jumps to the newest; counted
    may_lag,   // the log is kept for it up to `keep_bytes` and `keep_ms`, no sender is slowed; beyond that it goes on
               // behind what is gone; counted
};

struct ConsumerOptions {
    std::string name;
    uint32_t topic = 0;
    ConsumerPolicy policy = ConsumerPolicy::must;
    uint64_t position = 0;  // first offset wanted: what its store does not hold yet
    uint64_t keep_bytes = 0;  // may_lag: of the whole log from its position on; at most half of log_bytes_max counts
    int64_t keep_ms = 0;      // may_lag: the age of what is kept for it
};

class Queue;
struct ConsumerState;

/// One reader of a topic. `poll` belongs to one thread; the rest may be called from any. The queue outlives it.
class Consumer {
  public:
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    /// Records from the position on, at most about `limit_bytes`; waits up to `timeout_ms` for the first. Empty: none
    /// came, or the queue was closed. Moves the position.
    [[nodiscard]] Result<std::vector<RecordPtr>> poll(int64_t timeout_ms, uint64_t limit_bytes = 4ULL << 20);
    /// All below is applied (visible to queries): what lag and back-pressure are measured by.
    void applied_up_to(uint64_t offset);
    /// All below is durable in the consumer's store: the log may forget it.
    void stored_up_to(uint64_t offset);
    /// The log holds more for this consumer's store than it should: time to flush. Cleared by stored_up_to.
    [[nodiscard]] bool flush_wanted() const;
    /// Wakes a waiting `poll`.
    void wake();
    [[nodiscard]] uint64_t position() const;
    [[nodiscard]] uint64_t end() const;
    /// Records that were gone before it could read them.
    [[nodiscard]] uint64_t skipped() const;

  private:
    friend class Queue;
    Consumer(Queue& queue, std::shared_ptr<ConsumerState> state);
    Queue& queue_;  // outlives this
    std::shared_ptr<ConsumerState> state_;
};

struct ConsumerStatus {
    std::string name;
    std::string topic;
    ConsumerPolicy policy = ConsumerPolicy::must;
    uint64_t position = 0;  // applied
    uint64_t stored = 0;
    uint64_t end = 0;
    uint64_t lag_records = 0;
    uint64_t lag_bytes = 0;
    int64_t lag_ms = 0;  // age of the oldest record not applied
    uint64_t skipped = 0;
};

struct TopicStatus {
    std::string name;
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t appended_bytes = 0;  // since start
};

enum class DiskGuard { ok, low, full };

struct QueueStatus {
    int64_t oldest_waiting_ms = 0;  // age of the oldest record not yet on disk
    uint64_t pending_records = 0;
    uint64_t pending_bytes = 0;
    uint64_t ring_bytes = 0;
    uint64_t log_bytes = 0;  // allocated on disk
    uint64_t log_used_bytes = 0;
    uint64_t log_segments = 0;
    uint64_t appended_records_total = 0;
    uint64_t appended_bytes_total = 0;
    uint64_t syncs_total = 0;
    double sync_p50_ms = 0;
    double sync_p99_ms = 0;
    uint64_t read_from_ring_total = 0;
    uint64_t read_from_log_total = 0;
    uint64_t refused_total = 0;
    DiskGuard disk_guard = DiskGuard::ok;
    DiskSpace disk;
    std::vector<TopicStatus> topics;
    std::vector<ConsumerStatus> consumers;
    std::vector<journal::Quarantine> quarantined;
};

/// The queue at the centre: topics over one log, group commit, an in-memory ring, consumers, retention, back-pressure.
/// One writer thread of its own. All members: any thread.
class Queue {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Queue>> open(FileSystem& files,
                                                             Clock& clock,
                                                             QueueConfig config,
                                                             journal::JournalConfig journal_config,
                                                             journal::SegmentLog::FatalHook on_fatal = nullptr);
    ~Queue();  // like close()

    /// Takes the record, or refuses before taking anything: `exhausted` (try again later: pending, lag, disk),
    /// `invalid` (too large), `unavailable` (closing, failed, epoch passed).
    [[nodiscard]] Result<Ticket> append(Append record);
    [[nodiscard]] Result<Ticket> append(Topic topic, std::string payload) {
        Append record;
        record.topic = static_cast<uint32_t>(topic);
        record.payload = std::move(payload);
        return append(std::move(record));
    }
    /// Would `append` refuse now? So that a listener can answer 429 before it reads and decodes a body.
    [[nodiscard]] Status accepting() const;
    /// Starts at 1; grows whenever accepted records were lost by a failed write (their tickets say so).
    [[nodiscard]] uint64_t epoch() const;

    [[nodiscard]] Result<uint32_t> open_topic(std::string_view name);
    [[nodiscard]] uint64_t end_offset(uint32_t topic) const;  // durable
    [[nodiscard]] uint64_t begin_offset(uint32_t topic) const;

    /// A position past the topic's end (a store that outlived its log) makes the topic go on from there.
    [[nodiscard]] Result<std::unique_ptr<Consumer>> add_consumer(ConsumerOptions options);
    /// Until called nothing is retired: call it when all stores' consumers are added.
    void start_retention();
    /// Retires now what may go, and returns when that is done.
    void housekeep_now();
    [[nodiscard]] QueueStatus snapshot() const;

    /// No further appends; what is pending is committed; consumers' polls return at once when they have read all.
    void close();

  private:
    friend class Consumer;
    struct Impl;
    explicit Queue(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace belfry::queue
