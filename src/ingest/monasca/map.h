#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/monasca/decode.h"

#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::monasca {

/// Metrics -> batches. A value's meta becomes an exemplar at its time, with label `value_meta`.
class MetricMapper {
  public:
    /// `body` outlives this.
    explicit MetricMapper(std::string_view body) : reader_(body) {}

    /// Fills `batch` with up to `samples_max` samples; false when nothing was left. Valid until the next call. The
    /// errors of MetricReader.
    [[nodiscard]] Result<bool> fill(WireBatch& batch, size_t samples_max);

  private:
    MetricReader reader_;
    std::string wire_;               // of all series of this batch
    std::vector<size_t> wire_ends_;  // of each in wire_
};

}  // namespace belfry::ingest::monasca
