#pragma once

#include "base/result.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

struct NamedCount {
    std::string name;
    uint64_t count = 0;
};

/// What `/api/v1/status/tsdb` shows of the series written lately. Every list has the largest first.
struct TsdbStatus {
    uint64_t series = 0;
    uint64_t chunks = 0;
    uint64_t label_pairs = 0;
    int64_t min_time_ms = 0;
    int64_t max_time_ms = 0;
    std::vector<NamedCount> series_by_metric;
    std::vector<NamedCount> values_by_label;
    std::vector<NamedCount> bytes_by_label;
    std::vector<NamedCount> series_by_pair;  // "name=value"
};

/// A metric with what its senders said about it.
struct MetricEntry {
    std::string name;
    model::MetricType type = model::MetricType::unknown;
    std::string unit;
    std::string help;
    uint64_t series = 0;
};

struct MetricList {
    uint64_t total_series = 0;  // of the tenant, whatever the prefix
    std::vector<MetricEntry> metrics;
};

/// What the API shows of the metric store beside samples; the app binds it to the store. All from counters, cheap; any
/// thread.
class MetricAdmin {
  public:
    virtual ~MetricAdmin() = default;
    [[nodiscard]] virtual TsdbStatus tsdb_status(std::string_view tenant, size_t limit) const = 0;
    /// Of one metric, or of all when `name` is empty; limit 0: all.
    [[nodiscard]] virtual std::vector<model::MetricMetadata> metadata(std::string_view tenant,
                                                                      std::string_view name,
                                                                      size_t limit) const = 0;
    /// By name; limit 0: all.
    [[nodiscard]] virtual MetricList metrics(std::string_view tenant, std::string_view prefix, size_t limit) const = 0;
    /// Seals and folds now, and returns when it is done.
    [[nodiscard]] virtual Status compact() = 0;
    /// False while old records are replayed.
    [[nodiscard]] virtual bool ready() const = 0;
};

}  // namespace belfry::api
