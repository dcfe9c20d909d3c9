#pragma once

#include "forward/destination_config.h"
#include "model/labels.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace belfry::forward {

/// Where the labels of ids come from that were logged before a destination's position: the metric store knows the
/// series of today and yesterday. (A destination a day behind at a restart may meet an id that the store has forgotten:
/// one that ended in the first hour of the day before. Such samples are counted and given up.)
struct SeriesNames {
    /// "" for an unknown id.
    std::function<void(std::span<const model::HeadId>, const std::function<void(size_t, std::string_view)>&)> labels_of;
    /// Returns when the store has applied the records below `offset`, or after a while.
    std::function<void(uint64_t offset)> wait_applied;
};

/// Head id -> the labels as they go to one destination: external ones added, relabelled, encoded. Bounded; what does
/// not fit is made again. One thread.
class LabelTable {
  public:
    LabelTable(const DestinationConfig& config, model::Labels external, const SeriesNames& names, uint64_t bytes_max)
        : config_(config), external_(std::move(external)), names_(names), bytes_max_(bytes_max) {}

    /// The series that a record brings.
    void learn(const model::MetricBatch& batch);
    enum class Found { wanted, dropped, unknown };
    struct Entry {
        Found found = Found::unknown;
        std::string_view encoded;  // `repeated Label labels = 1`; valid until the next call
    };
    /// `offset` is that of the record after the one that holds the id.
    [[nodiscard]] Entry find(model::HeadId id, uint64_t offset);

  private:
    struct Place {
        uint32_t begin = 0;
        uint32_t size = 0;  // 0: dropped
    };
    Place put(model::HeadId id, model::LabelsView labels);
    [[nodiscard]] Entry entry(Place place) const {
        if (place.size == 0) return {Found::dropped, {}};
        return {Found::wanted, std::string_view(bytes_).substr(place.begin, place.size)};
    }

    const DestinationConfig& config_;  // outlives this
    const model::Labels external_;
    const SeriesNames& names_;  // outlives this
    const uint64_t bytes_max_;
    std::unordered_map<model::HeadId, Place> places_;
    std::string bytes_;
};

}  // namespace belfry::forward
