#pragma once

#include "base/hash.h"
#include "model/cardinality.h"
#include "model/labels.h"
#include "model/metric_batch.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::ingest {

struct SeriesLimits {
    uint64_t max_series = 2'000'000;     // of all tenants, of today and yesterday
    uint64_t max_series_per_tenant = 0;  // 0: no own limit
    uint64_t max_series_per_metric = 0;  // of one metric name of one tenant; 0: no own limit
    uint64_t max_values_per_label = 0;   // distinct values of a label name of one tenant; 0: no own limit
    uint64_t pairs_max = 4'000'000;      // label values that are counted one by one
};

struct MetricSeriesCount {
    std::string tenant;
    std::string metric;
    uint64_t series = 0;
};

/// The producer side's memory of series: wire bytes and label sets -> head id. See ARCHITECTURE.md, "metrics in the
/// log". Rules: an id is never reused; a series is logged when new and again in each UTC day in which it is written
/// (spread over the day's first hour); one not logged today or yesterday is forgotten.
class Dictionary {
  public:
    explicit Dictionary(SeriesLimits limits);
    ~Dictionary();

    /// At start, from what the store knows, before the first write.
    void seed(model::HeadId id, model::LabelsView labels, int32_t logged_day);
    /// The next id is at least this.
    void reserve_ids(model::HeadId next);
    [[nodiscard]] uint64_t series_count() const;
    [[nodiscard]] uint64_t memory_bytes() const;
    /// The metrics with the most series, largest first.
    [[nodiscard]] std::vector<MetricSeriesCount> largest_metrics(size_t count) const;
    /// Who has how many series and who makes new ones, of one tenant; lists of at most `limit` rows.
    [[nodiscard]] model::CardinalityReport cardinality(std::string_view tenant, int64_t now_ms, size_t limit) const;
    /// The label name of any tenant with the most values.
    [[nodiscard]] model::CardinalityLimit largest_label() const;
    [[nodiscard]] const SeriesLimits& limits() const { return limits_; }

    struct Tables;  // dictionary_tables.h

  private:
    friend class MetricWriter;
    SeriesLimits limits_;
    mutable std::shared_mutex mutex_;  // guards tables_; shared: look up, exclusive: add
    std::unique_ptr<Tables> tables_;
};

}  // namespace belfry::ingest
