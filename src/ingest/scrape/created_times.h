#pragma once

#include "ingest/metric/wire_batch.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace belfry::ingest::scrape {

/// OpenMetrics says since when a counter, histogram or summary counts in a sample of its own, `<family>_created`, which
/// stands behind the samples it speaks of. This gives them their start time.
class CreatedTimes {
  public:
    /// A family begins: what came before has no more to expect.
    void begin_family() { group_.clear(); }
    /// A sample was put into the batch as its last row. `series` lives as long as the answer.
    void add(uint32_t row, std::string_view series) { group_.push_back({row, series}); }
    /// The samples before of the same labels (but for le and quantile) started at `start_ms`.
    void created(std::string_view series, int64_t start_ms, WireBatch& batch);

    /// Whether the series is `<family>_created` of a family that counts.
    [[nodiscard]] static bool is_created(std::string_view series, std::string_view family, model::MetricType type);

  private:
    struct Row {
        uint32_t row = 0;
        std::string_view series;
    };
    std::vector<Row> group_;
};

}  // namespace belfry::ingest::scrape
