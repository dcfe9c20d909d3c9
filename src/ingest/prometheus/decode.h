#pragma once

#include "ingest/metric/wire_batch.h"

#include <cstdint>
#include <string_view>

namespace belfry::ingest::prometheus {

// The messages of remote write 1.0 (prometheus.WriteRequest), by field number:
//
//   WriteRequest     1 timeseries*   3 metadata*
//   TimeSeries       1 labels*   2 samples*   3 exemplars*   4 histograms*
//   Label            1 name   2 value
//   Sample           1 value (double)   2 timestamp (int64, ms)
//   Exemplar         1 labels*   2 value (double)   3 timestamp (int64, ms)
//   Histogram        see decode_histogram.h
//   MetricMetadata   1 type (enum)   2 metric_family_name   4 help   5 unit

/// Labels from the encoded `labels` fields of a TimeSeries, tags included.
class RemoteWriteLabels : public LabelDecoder {
  public:
    [[nodiscard]] uint32_t protocol_id() const override { return 1; }
    [[nodiscard]] Status decode(std::string_view wire,
                                std::vector<model::Label>& labels,
                                std::vector<std::string>& arena) const override;
};

[[nodiscard]] const RemoteWriteLabels& remote_write_labels();

/// A Sample message.
[[nodiscard]] Result<model::Sample> decode_sample(std::string_view message);

/// An Exemplar message.
[[nodiscard]] Result<model::Exemplar> decode_exemplar(std::string_view message);

/// A MetricMetadata message; the tenant stays empty.
[[nodiscard]] Result<model::MetricMetadata> decode_metadata(std::string_view message);

}  // namespace belfry::ingest::prometheus
