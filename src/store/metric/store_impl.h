#pragma once

#include "store/metric/head_epoch.h"
#include "store/metric/head_index.h"
#include "store/metric/manifest.h"
#include "store/metric/metric_store.h"
#include "store/metric/part_reader.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace belfry::store {

/// Everything a reader sees, as one immutable value that is swapped whole.
struct StoreView {
    std::vector<std::shared_ptr<HeadEpoch>> epochs;           // oldest first; the last one is filled
    std::vector<std::shared_ptr<const MetricFile>> seals;     // by seq
    std::vector<std::shared_ptr<const MetricFile>> parts;     // by seq, late files too
    std::shared_ptr<const Manifest> manifest;
};

/// Locks, in the order in which they are taken: work_mutex_, write_mutex_, index_.mutex(), view_mutex_ or an epoch's own.
class MetricStoreImpl final : public MetricStore {
  public:
    MetricStoreImpl(FileSystem& files, Clock& clock, Options options);
    [[nodiscard]] Status recover();

    Status apply(const model::MetricBatch& batch, uint64_t offset) override;
    uint64_t applied_offset() const override { return applied_offset_.load(std::memory_order_acquire); }
    uint64_t covered_offset() const override { return covered_offset_.load(std::memory_order_acquire); }
    void head_labels(std::span<const model::HeadId> ids,
                     const std::function<void(size_t place, std::string_view canonical)>& visit) const override;
    void for_each_head_series(
        const std::function<void(model::HeadId id, model::LabelsView labels, int32_t logged_day)>& visit) const override;
    model::HeadId next_head_id() const override;

    Status maintain() override;
    Status seal() override;
    Status compact() override;
    void clean_tombstones() override { clean_wanted_.store(true, std::memory_order_relaxed); }
    Status snapshot(const std::string& directory, bool with_head) override;

    Result<std::unique_ptr<MetricSelection>> select(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range,
                                                    uint64_t series_max) const override;
    Result<std::vector<std::string>> label_names(const MetricScope& scope) const override;
    Result<std::vector<std::string>> label_values(const MetricScope& scope, std::string_view name) const override;
    Result<std::vector<model::Labels>> series(const MetricScope& scope) const override;

    Result<std::vector<SeriesExemplars>> exemplars(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range,
                                                   uint64_t series_max) const override;

    MetricStoreStatus status() const override;
    Cardinality cardinality(std::string_view tenant, size_t limit) const override;
    std::vector<MetricName> metrics(std::string_view tenant, std::string_view prefix, size_t limit) const override;
    std::vector<model::MetricMetadata> metadata(std::string_view tenant, std::string_view name, size_t limit) const override;

    [[nodiscard]] std::shared_ptr<const StoreView> view() const;

  private:
    /// Slots (ascending) with samples in the scope's range; under the index's lock.
    [[nodiscard]] Result<std::vector<Slot>> slots_in_scope(const StoreView& v, const MetricScope& scope) const;

    /// Has any of the slots samples in the range? Under the index's lock.
    [[nodiscard]] bool any_in_range(const StoreView& v, const Ids& slots, model::TimeRange range) const;

    using MetadataKey = std::pair<std::string, std::string>;  // tenant, name
    /// An epoch that takes no more samples, and what its seal file will hold beside them.
    struct Frozen {
        std::shared_ptr<HeadEpoch> epoch;
        uint64_t covered_offset = 0;
        std::vector<Slot> changed_slots;
        std::vector<model::MetricMetadata> changed_metadata;
    };
    /// What one output file of a fold is made of.
    struct FoldPlan {
        int32_t first_day = 0;
        int32_t last_day = 0;
        uint64_t seal_samples = 0;
        std::vector<Manifest::FileEntry> inputs;  // by seq
        bool whole_span = true;                   // no older file of the span is left out
        bool from_seals = false;
        uint64_t records_seq = 0;                 // the span has records, made of its files below this number
    };

    // recovery (recover.cpp)
    [[nodiscard]] Status open_files(Manifest& manifest);
    void quarantine(const std::string& name, const Error& why);

    // seal.cpp; under work_mutex_
    [[nodiscard]] Status seal_now();
    void freeze();
    [[nodiscard]] Status write_seal(const Frozen& frozen);
    [[nodiscard]] Result<uint64_t> write_series_file(const std::string& name, uint64_t seq, const std::vector<Slot>& slots);

    // exemplars.cpp
    /// Of the seals. Counts those that lie in no span of the plans: they have no file to go to.
    [[nodiscard]] Result<std::set<Slot>> slots_with_exemplars(const StoreView& v, const std::vector<FoldPlan>& plans) const;
    /// How many a series may keep in a file that is made of these (files and where their table is).
    [[nodiscard]] Result<size_t> exemplars_a_series(const std::vector<std::pair<const MetricFile*, size_t>>& files) const;

    // erase.cpp
    [[nodiscard]] Status erase(const model::MetricBatch& batch);
    [[nodiscard]] Status metric_names(const StoreView& v, const model::MetricDeletion& deletion, std::set<MetadataKey>& names) const;
    [[nodiscard]] Status forget_metadata(const std::set<MetadataKey>& names);
    [[nodiscard]] Result<bool> has_family(const MetadataKey& key) const;

    // fold.cpp; under work_mutex_
    [[nodiscard]] Status fold(bool everything);
    [[nodiscard]] Status try_fold(bool everything);
    [[nodiscard]] Result<std::map<int32_t, uint64_t>> samples_by_day(const StoreView& v) const;
    [[nodiscard]] std::vector<FoldPlan> plan_fold(const StoreView& v, const std::map<int32_t, uint64_t>& days, bool everything) const;
    [[nodiscard]] Result<std::optional<Manifest::FileEntry>> write_part(const StoreView& v, const FoldPlan& plan,
                                                                        const std::vector<Slot>& slots, uint64_t seq);
    /// Series that were not logged today or yesterday and have no samples in the head; ascending.
    [[nodiscard]] std::vector<Slot> forgotten(const StoreView& v) const;
    /// After a fold: no seal is left, so only epochs hold samples of slots.
    void evict(const std::vector<Slot>& candidates);

    // keep.cpp; under work_mutex_
    /// A span of days whose files are to be written anew.
    struct KeepPlan {
        int32_t first_day = 0;
        int32_t last_day = 0;
        std::vector<Manifest::FileEntry> inputs;  // by seq
        uint64_t rules = 0;                       // what is due for it
        bool by_rules = false;                    // not all files had that
        bool must = false;                        // erased samples, or samples that came after records
    };
    [[nodiscard]] Status keep(bool all);
    [[nodiscard]] Result<bool> keep_one();
    [[nodiscard]] std::vector<KeepPlan> plan_keep(const StoreView& v, bool clean) const;
    [[nodiscard]] uint64_t rules_due(int32_t last_day) const;
    [[nodiscard]] Result<bool> rules_concern(const StoreView& v, const KeepPlan& plan) const;
    [[nodiscard]] Status rewrite_span(const StoreView& v, const KeepPlan& plan);
    [[nodiscard]] bool is_due(const RetentionRule& rule, int32_t last_day) const;
    [[nodiscard]] bool is_due(const DownsampleRule& rule, int32_t last_day, int64_t age_ms) const;
    [[nodiscard]] static Result<std::vector<std::string>> tenants_of(const PartIndex& index);

    // retention.cpp; under work_mutex_
    [[nodiscard]] Status drop_expired();
    [[nodiscard]] uint64_t over_size(const Manifest& manifest, std::set<std::string>& gone) const;

    /// Writes the manifest and swaps the view.
    [[nodiscard]] Status publish(std::shared_ptr<StoreView> next, Manifest manifest);
    void set_view(std::shared_ptr<const StoreView> next);
    void crash_point(std::string_view name) const;
    void set_work(std::string what, double done);
    [[nodiscard]] std::string path(const std::string& name) const { return options_.dir + "/" + name; }

    FileSystem& files_;  // outlives this
    Clock& clock_;       // outlives this
    const Options options_;

    std::mutex work_mutex_;  // one seal, fold or removal at a time; guards what follows
    std::vector<Frozen> frozen_;
    int64_t last_seal_ms_ = 0;
    int64_t last_fold_ms_ = 0;
    int64_t last_keep_ms_ = 0;
    bool keep_goes_on_ = false;  // more spans are due
    size_t keep_planned_ = 0;    // when this run of rewriting began
    bool series_file_is_old_ = false;  // it names metadata that is gone

    std::mutex write_mutex_;  // apply against the change of epochs and the removal of series; guards what follows
    std::shared_ptr<HeadEpoch> live_;
    std::vector<Slot> changed_slots_;
    std::set<MetadataKey> changed_metadata_;
    int64_t last_apply_ms_ = 0;  // monotonic
    int64_t usual_gap_ms_ = 0;   // the longest lately

    HeadIndex index_;
    std::atomic<int32_t> record_day_{0};  // the newest day of series records
    std::atomic<uint64_t> applied_offset_{0};
    std::atomic<uint64_t> covered_offset_{0};
    std::atomic<uint64_t> applied_samples_{0};
    std::atomic<uint64_t> out_of_order_samples_{0};
    std::atomic<uint64_t> dropped_samples_{0};
    std::atomic<bool> clean_wanted_{false};
    std::atomic<uint64_t> quarantined_{0};
    std::atomic<uint64_t> files_past_retention_{0};
    std::atomic<uint64_t> bytes_past_size_{0};
    mutable std::atomic<uint64_t> corrupt_reads_{0};

    mutable std::mutex metadata_mutex_;  // guards metadata_
    std::map<MetadataKey, model::MetricMetadata> metadata_;

    mutable std::mutex view_mutex_;  // guards what follows
    std::shared_ptr<const StoreView> view_;
    std::string work_;
    double work_done_ = 0;
};

}  // namespace belfry::store
