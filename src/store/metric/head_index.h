#pragma once

#include "base/hash.h"
#include "model/labels.h"
#include "model/metric_batch.h"
#include "store/metric/arena.h"
#include "store/metric/paged_array.h"
#include "store/metric/posting_source.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::store {

/// A series of the head by its number here. Slots grow, are never reused, and mean a label set, whatever head ids it had.
using Slot = uint32_t;
inline constexpr Slot NO_SLOT = std::numeric_limits<Slot>::max();

/// The label sets of all series that were written lately or have samples in a seal file: labels as numbers of (name, value)
/// pairs, postings of the pairs, ids of the log. The caller holds `mutex()`: exclusive for changes, shared for all else.
class HeadIndex : public PostingSource {
  public:
    HeadIndex();

    [[nodiscard]] std::shared_mutex& mutex() const { return mutex_; }

    /// The slot of this label set, new or known; `id` resolves to it from now on.
    Slot add(model::HeadId id, model::LabelsView labels, int32_t logged_day);
    /// As `add`, at the place it had before a restart. False when the slot has other labels or the labels another slot.
    [[nodiscard]] bool restore(Slot slot, model::HeadId id, model::LabelsView labels, int32_t logged_day);
    /// Lets the next fold forget the series unless it is logged again.
    void expire(Slot slot) { entries_.at(slot).logged_day = std::numeric_limits<int32_t>::min(); }
    [[nodiscard]] bool is_expired(Slot slot) const { return logged_day(slot) == std::numeric_limits<int32_t>::min(); }
    /// Forgets series; their slots stay empty.
    void remove(std::span<const Slot> ascending_slots);

    /// NO_SLOT when unknown. May be called without the lock by the thread that adds.
    [[nodiscard]] Slot slot_of(model::HeadId id) const;
    [[nodiscard]] bool contains(Slot slot) const;
    [[nodiscard]] Hash128 hash(Slot slot) const { return entry(slot).hash; }
    [[nodiscard]] int32_t logged_day(Slot slot) const { return entry(slot).logged_day; }
    [[nodiscard]] model::HeadId head_id(Slot slot) const { return entry(slot).id; }
    /// Appends the canonical bytes, with or without the tenant label.
    void append_labels(Slot slot, bool with_tenant, std::string& out) const;
    [[nodiscard]] std::string_view value(Slot slot, std::string_view name) const;
    /// Label by label order, as `model::compare`.
    [[nodiscard]] bool less(Slot a, Slot b) const;
    /// Sorts slots by their labels; large sets through an order of all series that is kept until series are added.
    void sort_by_labels(std::vector<Slot>& slots) const;
    void for_each(const std::function<void(Slot)>& visit) const;
    /// Views of the slots' canonical bytes without the tenant label, in their order; valid while the answer is held. The bytes
    /// are kept for later calls until `drop_shared_labels`.
    [[nodiscard]] std::shared_ptr<const Arena> share_labels(std::span<const Slot> slots, std::vector<model::LabelsView>& out) const;
    void drop_shared_labels();

    /// The time range in which the series may have samples in seal files. Atomic.
    void widen(Slot slot, int64_t min_ms, int64_t max_ms);
    void reset_range(Slot slot, int64_t min_ms, int64_t max_ms);
    [[nodiscard]] bool overlaps(Slot slot, int64_t from_ms, int64_t to_ms) const;

    [[nodiscard]] uint64_t series_count() const { return series_count_; }
    [[nodiscard]] Slot next_slot() const { return next_slot_; }
    [[nodiscard]] model::HeadId next_head_id() const { return next_head_id_; }
    void reserve_head_ids(model::HeadId next) { next_head_id_ = std::max(next_head_id_, next); }
    [[nodiscard]] uint64_t memory_bytes() const;

    // PostingSource; ids are slots
    [[nodiscard]] Status all(IdUnion& out) const override;
    [[nodiscard]] Status with_name(std::string_view name, IdUnion& out) const override;
    [[nodiscard]] Status with_value(std::string_view name, std::string_view value, IdUnion& out) const override;
    [[nodiscard]] Status with_values(std::string_view name, std::string_view prefix, const Accept& accept,
                                     IdUnion& out) const override;

    /// Every (name, value) with its series.
    void for_each_pair(const std::function<void(std::string_view name, std::string_view value, const Ids& slots)>& visit) const;
    void for_each_value(std::string_view name, const std::function<void(std::string_view value, const Ids& slots)>& visit) const;
    void for_each_label(Slot slot, const std::function<void(std::string_view name, std::string_view value)>& visit) const;
    [[nodiscard]] bool has_tenants() const { return find_name(model::TENANT_LABEL) != nullptr; }
    [[nodiscard]] std::vector<std::string_view> names() const;

  private:
    using Pair = uint32_t;
    struct PairEntry {
        std::string label;  // canonical: sized name, sized value
        uint32_t value_begin = 0;
        uint32_t name = 0;
        Ids slots;
        [[nodiscard]] std::string_view value() const { return std::string_view(label).substr(value_begin); }
    };
    struct NameEntry {
        std::string name;
        std::vector<Pair> pairs;  // unordered
    };
    struct Entry {
        Hash128 hash;
        model::HeadId id = 0;
        std::unique_ptr<Pair[]> pairs;  // null: no such series
        std::atomic<int64_t> min_ms{std::numeric_limits<int64_t>::max()};
        std::atomic<int64_t> max_ms{std::numeric_limits<int64_t>::min()};
        int32_t logged_day = 0;
        uint16_t pair_count = 0;
    };
    static constexpr size_t ID_PAGE = 1024;
    struct IdPage {
        std::unique_ptr<Slot[]> slots;
        uint32_t used = 0;
    };
    /// Open addressing over numbers whose hash the caller knows. Kept below 70 % full.
    struct NumberTable {
        std::vector<uint32_t> cells;  // number + 1; 0: empty
        size_t used = 0;
    };
    struct Order {
        uint64_t version = 0;
        std::vector<Slot> sorted;
        std::vector<uint32_t> rank;  // by slot
    };

    [[nodiscard]] const Entry& entry(Slot slot) const { return *entries_.find(slot); }
    [[nodiscard]] Slot find(const Hash128& hash, model::LabelsView labels) const;
    [[nodiscard]] bool same_labels(Slot slot, model::LabelsView labels) const;
    void insert(Slot slot, const Hash128& hash, model::HeadId id, model::LabelsView labels, int32_t logged_day);
    void bind(model::HeadId id, Slot slot);
    [[nodiscard]] Pair intern(std::string_view name, std::string_view value);
    [[nodiscard]] const PairEntry* find_pair(std::string_view name, std::string_view value) const;
    [[nodiscard]] const NameEntry* find_name(std::string_view name) const;
    [[nodiscard]] uint64_t pair_hash(Pair pair) const;
    void grow_slot_table();
    void grow_pair_table();
    [[nodiscard]] std::shared_ptr<const Order> order() const;

    mutable std::shared_mutex mutex_;
    PagedArray<Entry, 256> entries_;
    Slot next_slot_ = 0;
    uint64_t series_count_ = 0;
    uint64_t posting_count_ = 0;
    uint64_t pair_text_bytes_ = 0;
    model::HeadId next_head_id_ = 1;
    std::unordered_map<uint64_t, IdPage> ids_;  // head id / ID_PAGE
    mutable uint64_t last_page_ = 0;            // of the adding thread
    mutable const Slot* last_page_slots_ = nullptr;
    NumberTable slot_table_;
    NumberTable pair_table_;
    PagedArray<PairEntry, 256> pairs_;
    uint32_t pair_bound_ = 0;
    uint32_t pair_count_ = 0;
    std::vector<Pair> free_pairs_;
    std::vector<std::unique_ptr<NameEntry>> names_;
    std::unordered_map<std::string_view, uint32_t> name_of_;
    uint64_t version_ = 1;  // changes with the set of series

    /// What `share_labels` has made. Selections view the arena's bytes, which stay where they are while more are added.
    struct SharedLabels {
        std::shared_ptr<Arena> arena = std::make_shared<Arena>();
        PagedArray<std::string_view, 1024> texts;  // by slot; no data: not made yet
    };
    mutable std::mutex shared_labels_mutex_;  // guards shared_labels_
    mutable SharedLabels shared_labels_;

    mutable std::mutex order_mutex_;  // guards order_
    mutable std::shared_ptr<const Order> order_;
};

}  // namespace belfry::store
