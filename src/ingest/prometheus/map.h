#pragma once

#include "ingest/metric/wire_batch.h"

#include <deque>
#include <string>
#include <string_view>

namespace belfry::ingest::prometheus {

/// Fills `batch` from a prometheus.WriteRequest without building a label: a series' wire bytes are its encoded `labels`
/// fields. Reuse the object; what it filled is valid while `message` and this live.
class WriteRequestMapper {
  public:
    [[nodiscard]] Status map(std::string_view message, WireBatch& batch);

  private:
    [[nodiscard]] Status map_series(std::string_view message, WireBatch& batch);
    std::deque<std::string> joined_;  // labels that did not stand together
};

}  // namespace belfry::ingest::prometheus
