#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "journal/log.h"

#include <functional>
#include <map>
#include <shared_mutex>

namespace belfry::journal {

enum class SyncPolicy {
    batch,     // fdatasync before an append is acknowledged
    interval,  // acknowledged after the write; fdatasync every sync_interval_ms: a power cut may cost that much
    never,     // left to the kernel
};

struct JournalConfig {
    std::string directory;
    uint64_t segment_bytes = 128ULL << 20;   // a segment is closed when the next block would pass it
    uint64_t block_bytes_max = 64ULL << 20;  // body of one block
    SyncPolicy sync_policy = SyncPolicy::batch;
    int64_t sync_interval_ms = 100;
    uint32_t spare_segments_max = 2;  // retired segments kept for reuse (rewriting blocks on disk is ~3x faster)
    int64_t spare_keep_ms = 60'000;   // spares are removed when no segment was closed for so long
};

/// A range of the log that could not be read back at open: kept on disk, never served.
struct Quarantine {
    std::string file;
    uint64_t from_byte = 0;
    uint64_t to_byte = 0;
    uint64_t from_index = 0;
    uint64_t to_index = 0;
    std::string reason;
};

/// What the start found; for the log line, the status page and tests.
struct RecoveryReport {
    bool clean_shutdown = false;
    uint64_t segments = 0;
    uint64_t blocks_scanned = 0;
    uint64_t bytes_scanned = 0;
    uint64_t torn_bytes_cut = 0;  // an unacknowledged tail
    std::vector<Quarantine> quarantined;
};

struct JournalSize {
    uint64_t segments = 0;
    uint64_t used_bytes = 0;       // written
    uint64_t allocated_bytes = 0;  // on disk, preallocation and spares included
    int64_t oldest_ms = 0;         // time of the oldest block kept; 0 when empty
};

class Segment;

/// Segments on the local disk. Format: journal/format.h.
class SegmentLog final : public Log {
  public:
    /// Called once when the log cannot go on safely (a failed fdatasync). The default ends the process.
    using FatalHook = std::function<void(const Error&)>;

    [[nodiscard]] static Result<std::unique_ptr<SegmentLog>> open(FileSystem& files,
                                                                  Clock& clock,
                                                                  JournalConfig config,
                                                                  FatalHook on_fatal = nullptr);
    /// Clean shutdown: syncs, gives preallocated space back, leaves the mark that spares the next start its scan.
    ~SegmentLog() override;

    Result<std::vector<LogPosition>> append(std::span<const LogEntry> entries) override;
    Status commit(uint64_t index) override;
    Result<LogSlice> read(const ReadFrom& from) const override;
    uint64_t tail() const override;
    uint64_t high_watermark() const override;
    Result<PartitionId> open_partition(std::string_view name) override;
    std::vector<PartitionState> partitions() const override;

    /// What a segment holds, as retention sees it.
    struct SegmentFacts {
        uint64_t sequence = 0;
        bool open = false;  // the one that is written to
        uint64_t used_bytes = 0;
        int64_t newest_ms = 0;
        std::vector<std::pair<PartitionId, uint64_t>> end_offsets;  // of the partitions that have blocks in it
    };
    [[nodiscard]] std::vector<SegmentFacts> segments() const;  // oldest first
    /// Removes (or keeps as spares) the oldest segments below `sequence`; never the open one. Appending thread only.
    Status retire_below(uint64_t sequence);
    /// Closes the open segment and begins a small new one. Appending thread only.
    Status roll();
    /// Work of the passing time: interval sync, dropping of spares. Appending thread only, about once a second.
    Status tick();

    [[nodiscard]] const RecoveryReport& recovery() const { return recovery_; }
    [[nodiscard]] JournalSize size() const;
    [[nodiscard]] bool failed() const;

  private:
    SegmentLog(FileSystem& files, Clock& clock, JournalConfig config, FatalHook on_fatal);
    RecoveryReport recovery_;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace belfry::journal
