#pragma once

#include "base/result.h"
#include "model/metric_batch.h"
#include "model/sample.h"
#include "store/metric/arena.h"
#include "store/metric/exemplar_buffer.h"
#include "store/metric/head_index.h"
#include "store/metric/head_side.h"
#include "store/metric/metric_store_config.h"
#include "store/metric/paged_array.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace belfry::store {

/// How far a reader sees: samples that come later are cut off.
struct EpochMark {
    uint32_t in_order = 0;
    uint32_t out_of_order = 0;
    [[nodiscard]] bool empty() const { return in_order == 0 && out_of_order == 0; }
};

/// The samples of the head between two seals. Filled by one thread; once a newer epoch has begun it never changes and is
/// written to a seal file. Readers keep it alive by shared_ptr, and read under a lock that is held for a copy only.
///
/// Per series: values in a raw buffer of up to 64, full buffers as chunks. Times are not stored per series: series that are
/// scraped together walk along one shared clock (a list of times) and only remember where they began. A series that steps
/// out of line leaves with a copy of its part; others that step out in the same way join it there.
class HeadEpoch {
  public:
    explicit HeadEpoch(const MetricStoreConfig& config)
        : exemplars_(config.exemplars_per_series_max, config.exemplars_max), out_of_order_max_(config.out_of_order_samples_max) {}

    /// Appends the batch's samples; `index` resolves ids. Releases the lock every few hundred samples when a reader waits.
    struct Applied {
        uint64_t samples = 0;
        uint64_t out_of_order = 0;
        uint64_t unknown = 0;
        uint64_t exemplars_dropped = 0;
    };
    Applied apply(const model::MetricBatch& batch, const HeadIndex& index);

    /// Marks of `slots`, in their order; empty where a slot has nothing in `range`.
    void mark(const std::vector<Slot>& slots, model::TimeRange range, std::vector<EpochMark>& out) const;
    /// Replaces `out` by the in-order samples of the slot in `range`, and `newer` by those that came out of order (they win).
    [[nodiscard]] Status read(Slot slot, EpochMark mark, model::TimeRange range, model::SampleColumns& out,
                              model::SampleColumns& newer, uint64_t& bytes) const;

    /// Replaces `out` by the newest sample of the slot in `range`; false: none, `out` is as it was.
    [[nodiscard]] Result<bool> read_newest(Slot slot, EpochMark mark, model::TimeRange range, bool with_value, model::SampleColumns& out,
                                           uint64_t& bytes) const;

    [[nodiscard]] const ExemplarBuffer& exemplars() const { return exemplars_; }
    [[nodiscard]] uint64_t samples() const { return samples_.load(std::memory_order_relaxed); }
    [[nodiscard]] uint64_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }
    [[nodiscard]] uint64_t series_count() const { return series_count_.load(std::memory_order_relaxed); }
    /// min > max when empty.
    [[nodiscard]] int64_t min_time_ms() const { return min_ms_.load(std::memory_order_relaxed); }
    [[nodiscard]] int64_t max_time_ms() const { return max_ms_.load(std::memory_order_relaxed); }
    /// Slots are below this.
    [[nodiscard]] size_t slot_bound() const;

  private:
    struct Clock {
        std::vector<int64_t> times;
        uint32_t forked_from = 0;  // clock + 1; 0: none
        uint32_t fork_begin = 0;   // the part it copied
        uint32_t fork_end = 0;
    };
    struct Chunk {
        const char* bytes;
        uint32_t size;
        uint16_t count;
        bool has_side;  // its side columns stand before it, sized
    };
    struct LateChunk {
        const char* bytes;
        uint32_t times_size;
        uint32_t values_size;
        uint32_t side_size;
        uint32_t count;
        uint32_t arrived;  // out-of-order samples of the series up to and with this chunk
    };
    /// What only some series have.
    struct Extra {
        std::vector<Chunk> chunks;
        std::vector<LateChunk> late_chunks;
        std::vector<model::Sample> late;  // in order of arrival
        std::unique_ptr<RawSide> side;
        std::unique_ptr<LateSide> late_side;
        uint32_t late_arrived = 0;
        int64_t late_min_ms = std::numeric_limits<int64_t>::max();
        int64_t late_max_ms = std::numeric_limits<int64_t>::min();
    };
    struct Series {
        double* raw = nullptr;
        std::unique_ptr<Extra> extra;
        int64_t last_ms = 0;
        double last_value = 0;
        uint32_t clock = 0;
        uint32_t begin = 0;  // of its first sample on the clock
        uint32_t count = 0;  // in-order samples
        uint8_t raw_count = 0;
        uint8_t raw_room = 0;
        bool has_chunks = false;  // these two spare the applying thread a look at `extra`
        bool has_side = false;
    };
    /// Where the samples of one time of the batch are on a clock, so that series find those they came with.
    struct Meeting {
        uint32_t clock = 0;
        uint32_t position = 0;
        bool known = false;
    };

    void append(Slot slot, Series& s, int64_t time_ms, double value, const SideOf& side, Meeting& meeting);
    /// Notes what the sample has that is about to be put at the raw buffer's end.
    void append_side(Series& s, const SideOf& side);
    [[nodiscard]] static bool same_side(const Series& s, const SideOf& side);
    void place(Series& s, int64_t time_ms, Meeting& meeting);
    void push_late(Series& s, int64_t time_ms, double value, const SideOf& side);
    void flush_raw(Series& s);
    void flush_late(Extra& extra);
    void grow_raw(Slot slot, Series& s);
    Extra& extra_of(Series& s);

    ExemplarBuffer exemplars_;  // has a lock of its own
    const uint32_t out_of_order_max_;
    mutable std::mutex mutex_;                     // guards what follows; the applying thread reads its own data without
    mutable std::atomic<uint32_t> waiting_{0};     // readers that want the lock
    PagedArray<Series, 256> series_;
    std::vector<Clock> clocks_;
    Arena arena_;
    std::vector<double*> free_raw_;                // the small ones that series grew out of
    std::vector<Meeting> meetings_;
    std::string scratch_;
    uint64_t clock_times_ = 0;
    uint64_t extra_bytes_ = 0;

    std::atomic<uint64_t> samples_{0};
    std::atomic<uint64_t> series_count_{0};
    std::atomic<uint64_t> memory_bytes_{0};
    std::atomic<int64_t> min_ms_{std::numeric_limits<int64_t>::max()};
    std::atomic<int64_t> max_ms_{std::numeric_limits<int64_t>::min()};
};

}  // namespace belfry::store
