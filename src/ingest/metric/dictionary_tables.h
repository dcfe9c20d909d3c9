#pragma once

#include "base/hash.h"
#include "ingest/metric/cardinality.h"
#include "ingest/metric/dictionary.h"

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::ingest {

/// hash -> 32-bit place, open addressing, 16 bytes a slot, at most 60 % full. Equal hashes are told apart by the caller.
class FlatTable {
  public:
    static constexpr uint32_t NONE = UINT32_MAX;

    template <typename Same>
    [[nodiscard]] uint32_t find(uint64_t hash, Same&& same) const {
        if (slots_.empty()) return NONE;
        for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
            const Slot& slot = slots_[at];
            if (slot.place == NONE) return NONE;
            if (slot.hash == hash && same(slot.place)) return slot.place;
        }
    }
    void insert(uint64_t hash, uint32_t place) {
        if ((count_ + 1) * 10 > slots_.size() * 6) grow();
        put(hash, place);
        ++count_;
    }
    void prefetch(uint64_t hash) const {
        if (!slots_.empty()) __builtin_prefetch(&slots_[hash & mask_]);
    }
    [[nodiscard]] uint64_t memory_bytes() const { return slots_.capacity() * sizeof(Slot); }

  private:
    struct Slot {
        uint64_t hash = 0;
        uint32_t place = NONE;
    };
    void put(uint64_t hash, uint32_t place) {
        size_t at = hash & mask_;
        while (slots_[at].place != NONE) at = (at + 1) & mask_;
        slots_[at] = {hash, place};
    }
    void grow() {
        std::vector<Slot> old(slots_.empty() ? 1024 : slots_.size() * 2);
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        for (const Slot& slot : old)
            if (slot.place != NONE) put(slot.hash, slot.place);
    }

    std::vector<Slot> slots_;
    size_t mask_ = 0;
    size_t count_ = 0;
};

/// The state behind a Dictionary; its mutex guards all of it, except `Alias::next`, which is set under a shared lock too.
struct Dictionary::Tables {
    static constexpr uint32_t NONE = FlatTable::NONE;
    static constexpr int32_t NEVER = INT32_MIN;

    explicit Tables(Cardinality::Limits limits) : cardinality(limits) {}

    /// One form in which a series comes: hash of its wire bytes (with protocol and tenant).
    struct Alias {
        Hash128 key;
        uint32_t next = NONE;  // the alias that came after this one last time; atomic_ref
        uint32_t series = 0;
    };
    struct Series {
        model::HeadId id = 0;
        Hash128 labels;  // of the canonical bytes
        int32_t logged_day = NEVER;
        uint32_t metric = 0;  // in metrics
    };
    struct Metric {
        std::string name;
        uint32_t tenant = 0;  // in tenants
        uint64_t series = 0;
        uint64_t refused_total = 0;  // series, by a limit
        MinuteRing created;
        MinuteRing refused;
    };
    struct Tenant {
        std::string name;
        uint64_t series = 0;
    };

    Cardinality cardinality;
    std::vector<Alias> aliases;
    std::vector<Series> series;
    std::vector<Metric> metrics;
    std::vector<Tenant> tenants;
    FlatTable by_key;
    FlatTable by_labels;
    std::unordered_map<std::string, uint32_t> metric_places;  // tenant bytes, 0, name
    std::unordered_map<std::string, uint32_t> tenant_places;
    model::HeadId next_id = 1;
    uint64_t generation = 0;  // places change when it does
    int32_t swept_day = NEVER;
    uint64_t seeds[2] = {0, 0};

    /// Series logged by records that are not known to be durable yet, a list a record.
    std::list<std::vector<uint32_t>> unconfirmed;
    uint64_t epoch = 1;  // of the queue, at which the above holds

    [[nodiscard]] uint32_t find_alias(const Hash128& key) const {
        return by_key.find(key.low, [&](uint32_t place) { return aliases[place].key == key; });
    }
    [[nodiscard]] uint32_t find_series(const Hash128& labels) const {
        return by_labels.find(labels.low, [&](uint32_t place) { return series[place].labels == labels; });
    }
    uint32_t add_alias(const Hash128& key, uint32_t series_place);
    uint32_t metric_place(model::LabelsView labels);
    /// NONE when no series of it is known: asking makes no entry.
    [[nodiscard]] uint32_t find_metric(model::LabelsView labels) const;
    [[nodiscard]] uint32_t find_tenant(std::string_view tenant) const;
    uint32_t add_series(const Hash128& hash, uint32_t metric, model::HeadId id);
    /// Forgets series not logged on `day` or the day before, and metadata of that age.
    void sweep(int32_t day);
    [[nodiscard]] uint64_t memory_bytes() const;

    /// What was logged by records that the queue has lost was not logged.
    void reconcile(uint64_t queue_epoch);

    /// Metadata logged: content hash and day by tenant and name; guarded by the same mutex.
    struct Logged {
        uint64_t content = 0;
        int32_t day = NEVER;
    };
    std::unordered_map<uint64_t, Logged> metadata;
};

/// May samples of day `day` (at `ms_of_day`) refer to a series logged on `logged_day`? The daily repetition is spread over
/// the first hour by id.
[[nodiscard]] inline bool is_logged(int32_t logged_day, model::HeadId id, int32_t day, int64_t ms_of_day) {
    constexpr int64_t SPREAD_MS = 3'600'000;
    if (logged_day >= day) return true;
    if (logged_day != day - 1 || ms_of_day >= SPREAD_MS) return false;
    return ms_of_day < static_cast<int64_t>((id * 0x9e3779b97f4a7c15ULL >> 32) % static_cast<uint64_t>(SPREAD_MS));
}

}  // namespace belfry::ingest
