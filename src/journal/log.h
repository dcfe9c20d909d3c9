#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::journal {

/// A partition of the log: one topic (or one of its partitions) of the queue. 0 is the log's own.
using PartitionId = uint32_t;

/// One block to append.
struct LogEntry {
    /// Takes offsets but is not read back.
    static constexpr uint32_t FILLER = 1U << 17;

    PartitionId partition = 0;
    uint32_t record_count = 1;  // offsets the block takes in its partition
    uint32_t flags = 0;         // the caller's, low 16 bits; or FILLER
    int64_t time_ms = 0;
    std::string_view body;  // borrowed until append returns
};

/// Where an appended block went.
struct LogPosition {
    uint64_t index = 0;   // of the block in the log
    uint64_t offset = 0;  // of its first record in its partition
};

/// One block as read. `body` is valid as long as the slice.
struct LogBlock {
    uint64_t index = 0;
    uint64_t offset = 0;
    PartitionId partition = 0;
    uint32_t record_count = 1;
    uint32_t flags = 0;
    int64_t time_ms = 0;
    std::string_view body;
};

struct LogSlice {
    std::vector<LogBlock> blocks;
    uint64_t next_offset = 0;      // where to read on
    uint64_t skipped_records = 0;  // offsets before or between the blocks that retention or quarantine has taken
    std::vector<std::shared_ptr<const std::string>> buffers;  // what the bodies view
};

struct ReadFrom {
    PartitionId partition = 0;
    uint64_t offset = 0;
    uint64_t limit_bytes = 1 << 20;  // of bodies; at least one block is given when there is one
};

struct PartitionState {
    std::string name;
    PartitionId id = 0;
    uint64_t begin_offset = 0;  // oldest kept
    uint64_t end_offset = 0;    // next to be given
};

/// The one ordered, durable log behind all topics. Implementations: local segments (one node), raft (cluster).
/// Offsets are a pure function of the log. `append`, `commit`, `open_partition`, `retire` and `roll` are called by
/// one thread; the rest by any.
class Log {
  public:
    virtual ~Log() = default;

    /// Orders and writes the entries in one go; not durable and not readable before `commit`. On an error nothing is
    /// appended (`exhausted`: disk full; `unavailable`: the log has failed).
    [[nodiscard]] virtual Result<std::vector<LogPosition>> append(std::span<const LogEntry> entries) = 0;
    /// Returns when all up to and including `index` is safe under the log's policy, and lets readers see it.
    [[nodiscard]] virtual Status commit(uint64_t index) = 0;
    /// Committed blocks of a partition from an offset on.
    [[nodiscard]] virtual Result<LogSlice> read(const ReadFrom& from) const = 0;
    /// The index the next appended block gets.
    [[nodiscard]] virtual uint64_t tail() const = 0;
    /// Everything below this index is committed.
    [[nodiscard]] virtual uint64_t high_watermark() const = 0;

    /// The partition of that name; made durable on first use.
    [[nodiscard]] virtual Result<PartitionId> open_partition(std::string_view name) = 0;
    [[nodiscard]] virtual std::vector<PartitionState> partitions() const = 0;
};

}  // namespace belfry::journal
