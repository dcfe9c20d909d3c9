#pragma once

#include "model/exemplar.h"
#include "store/metric/head_index.h"

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace belfry::store {

using SlotExemplars = std::pair<uint32_t, std::vector<model::Exemplar>>;

/// Exemplars of the head between two seals. Bounded: of one series and of all the oldest to arrive give way. Filled by
/// one thread, read by any.
class ExemplarBuffer {
  public:
    ExemplarBuffer(uint32_t per_series_max, uint32_t in_all_max)
        : per_series_max_(per_series_max), in_all_max_(in_all_max) {}

    /// Scrapes repeat an exemplar until there is a newer one: what is there already is not kept twice. How many gave
    /// way.
    uint64_t add(Slot slot, const model::Exemplar& exemplar);
    /// Of the slot, ascending in time.
    [[nodiscard]] std::vector<model::Exemplar> of(Slot slot) const;
    /// Everything, slots ascending.
    [[nodiscard]] std::vector<SlotExemplars> all() const;
    [[nodiscard]] std::vector<Slot> slots() const;
    [[nodiscard]] uint64_t count() const;
    [[nodiscard]] uint64_t memory_bytes() const;

  private:
    struct Series {
        std::deque<model::Exemplar> exemplars;  // in order of arrival
        uint32_t given_way = 0;                 // entries of arrivals_ that stand for nothing any more
    };
    void drop_oldest(Series& series);

    const uint32_t per_series_max_;
    const uint32_t in_all_max_;
    mutable std::mutex mutex_;  // guards what follows
    std::unordered_map<Slot, Series> series_;
    std::deque<Slot> arrivals_;
    uint64_t count_ = 0;
    uint64_t bytes_ = 0;
};

/// Sorts by time (then labels, value) and drops doubles.
void put_in_order(std::vector<model::Exemplar>& exemplars);

}  // namespace belfry::store
