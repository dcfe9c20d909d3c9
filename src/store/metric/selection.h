#pragma once

#include "store/metric/chunk_table.h"
#include "store/metric/hidden.h"
#include "store/metric/store_impl.h"

#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace belfry::store {

/// What `MetricStoreImpl::select` found: label sets, and where the samples of each lie.
class StoreSelection final : public MetricSelection {
  public:
    StoreSelection(std::shared_ptr<const StoreView> view, model::TimeRange range, uint64_t column_cache_bytes_max,
                   std::atomic<uint64_t>& corrupt_reads);

    std::span<const model::LabelsView> series() const override { return labels_; }
    Status read(size_t i, model::TimeRange range, model::SampleColumns& out, ReadCounts& counts) const override;
    Status read_newest(size_t i, model::TimeRange range, bool with_value, model::SampleColumns& out, ReadCounts& counts) const override;
    void set_hints(const model::SelectHints& hints) override { hints_ = hints; }
    Result<bool> read_records(size_t i, model::TimeRange range, model::SampleRecords& out, ReadCounts& counts) const override;
    model::CoarseSamples coarse(size_t i) const override;
    uint64_t memory_bytes() const override;

    // filled by select
    /// A series found in the head; `marks` has one entry an epoch of the view. Copies `labels`.
    void add_head_series(Slot slot, const Hash128& hash, std::string_view labels);
    /// The same with labels that `keep_alive` owns. Their hashes are null when `use_hashes` was not called.
    void add_head_series(std::span<const Slot> slots, std::span<const model::LabelsView> labels, const HeadIndex& index,
                         std::shared_ptr<const Arena> keep_alive);
    void set_marks(std::vector<std::vector<EpochMark>> marks) { marks_ = std::move(marks); }
    /// The series with this hash, or nothing.
    [[nodiscard]] std::optional<uint32_t> find(const Hash128& hash) const;
    uint32_t add_series(const Hash128& hash, std::string_view labels);
    void add_part(uint32_t series, uint32_t part, uint32_t id) { refs_.push_back({series, part, id}); }
    /// Prepares for `add` of this many more series.
    void reserve(size_t more);
    void use_hashes() { use_hashes_ = true; }
    [[nodiscard]] size_t size() const { return labels_.size(); }
    /// Sorts by labels and by series; `runs` says where a sorted run of added series begins.
    void finish(const std::vector<size_t>& runs);
    /// After `finish`: what of the series must not be read.
    void hide(const Hidden& hidden, std::string_view tenant, model::TimeRange range);

  private:
    struct PartRef {
        uint32_t series;
        uint32_t part;  // place in view_->parts
        uint32_t id;
    };
    struct Readers {
        std::mutex mutex;  // guards idle
        std::vector<std::unique_ptr<ChunkReader>> idle;
    };
    [[nodiscard]] Status read_file(size_t file, uint32_t id, std::span<const HiddenRange> erased, model::TimeRange range,
                                   model::SampleColumns& out, ReadCounts& counts) const;
    [[nodiscard]] std::span<const HiddenRange> erased_of(size_t i) const {
        if (erased_begin_.empty()) return {};
        return std::span(erased_).subspan(erased_begin_[i], erased_begin_[i + 1] - erased_begin_[i]);
    }
    [[nodiscard]] model::TimeRange kept(size_t i, model::TimeRange range) const {
        if (!kept_from_.empty()) range.from_ms = std::max(range.from_ms, kept_from_[i]);
        return range;
    }
    // levels.cpp
    /// The files of one span that hold a series.
    struct Levels {
        std::vector<PartRef> received;         // below the records: they were made of these
        std::vector<PartRef> later;            // came after the records, or there are none
        std::map<int64_t, PartRef> records;    // by span
        model::TimeRange days;
        /// Nothing finer than records is left of what they were made of.
        [[nodiscard]] bool is_replaced() const { return received.empty() && !records.empty(); }
    };
    [[nodiscard]] bool has_records(size_t i) const;
    [[nodiscard]] std::vector<Levels> levels_of(size_t i) const;
    /// The records to read: the coarsest that fit the hints, else the finest.
    [[nodiscard]] const PartRef* choose(const Levels& levels, bool& fits) const;
    [[nodiscard]] Status read_level(const PartRef& ref, std::span<const HiddenRange> erased, model::TimeRange range,
                                    model::SampleRecords& out, ReadCounts& counts) const;
    [[nodiscard]] Status read_received(std::span<const PartRef> refs, std::span<const HiddenRange> erased, model::TimeRange range,
                                       model::SampleColumns& out, ReadCounts& counts) const;
    /// What is not in parts.
    [[nodiscard]] Status read_newer(size_t i, model::TimeRange range, model::SampleColumns& out, ReadCounts& counts) const;
    [[nodiscard]] Status read_with_records(size_t i, model::TimeRange range, model::SampleColumns& out, ReadCounts& counts) const;

    [[nodiscard]] const MetricFile& file(size_t number) const;
    uint32_t add(const Hash128& hash, model::LabelsView labels, Slot slot);
    [[nodiscard]] std::unique_ptr<ChunkReader> take_reader(size_t file) const;
    void give_back(size_t file, std::unique_ptr<ChunkReader> reader) const;
    void count_corrupt(const Status& done) const;

    const std::shared_ptr<const StoreView> view_;
    mutable ColumnCache columns_;
    std::atomic<uint64_t>& corrupt_reads_;
    Arena text_;
    std::shared_ptr<const Arena> head_text_;  // labels that are not in text_
    std::vector<model::LabelsView> labels_;
    std::vector<Slot> slots_;        // by series; NO_SLOT: not in the head
    std::vector<Hash128> hashes_;
    std::vector<uint32_t> head_place_;  // by series: its place in marks_
    std::vector<std::vector<EpochMark>> marks_;  // by epoch, by place
    std::vector<PartRef> refs_;      // sorted by series, then part
    std::vector<uint32_t> refs_begin_;
    std::vector<size_t> seals_;      // places in view_->seals that overlap the range
    std::vector<uint32_t> table_;    // open addressing over hashes_: series + 1
    bool use_hashes_ = false;
    std::vector<model::TimeRange> span_of_part_;  // its days, by place in view_->parts; empty: there are no records
    model::SelectHints hints_;
    std::vector<HiddenRange> erased_;     // by series
    std::vector<uint32_t> erased_begin_;  // empty: nothing is erased
    std::vector<int64_t> kept_from_;      // by series; empty: no rules
    mutable std::vector<Readers> readers_;  // parts, then seals
};

}  // namespace belfry::store
