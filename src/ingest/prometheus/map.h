#pragma once

#include "ingest/metric/wire_batch.h"

#include <deque>
#include <string>
#include <string_view>

namespace belfry::ingest::prometheus {

/// What a request held beside float samples and metadata, and is not stored.
struct NotStored {
    uint64_t histograms = 0;
    uint64_t exemplars = 0;
    std::string_view histogram_series;  // label bytes of the first series with one
};

/// Fills `batch` from a prometheus.WriteRequest without building a label: a series' wire bytes are its encoded `labels`
/// fields. Reuse the object; what it filled is valid while `message` and this live.
class WriteRequestMapper {
  public:
    [[nodiscard]] Status map(std::string_view message, WireBatch& batch, NotStored& not_stored);

  private:
    [[nodiscard]] Status map_series(std::string_view message, WireBatch& batch, NotStored& not_stored);
    std::deque<std::string> joined_;  // labels that did not stand together
};

}  // namespace belfry::ingest::prometheus
