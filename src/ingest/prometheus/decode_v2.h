#pragma once

#include "base/result.h"
#include "model/exemplar.h"
#include "model/metric_batch.h"
#include "model/sample.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::prometheus {

// The messages of remote write 2.0 (io.prometheus.write.v2.Request), by field number:
//
//   Request      4 symbols*   5 timeseries*
//   TimeSeries   1 labels_refs* (packed)   2 samples*   3 histograms*   4 exemplars*   5 metadata
//                6 created_timestamp (int64, ms; of drafts and first senders)
//   Sample       1 value (double)   2 timestamp (int64, ms)   3 start_timestamp (int64, ms)
//   Exemplar     1 labels_refs* (packed)   2 value   3 timestamp
//   Metadata     1 type (enum)   3 help_ref   4 unit_ref
//   histograms: decode_histogram.h
//
// A reference is the place of a text in `symbols`; labels are name, value, name, value. Symbol 0 is the empty text.

using Symbols = std::vector<std::string_view>;

struct SampleV2 {
    model::Sample sample;
    int64_t start_ms = 0;  // 0: unknown
};

[[nodiscard]] Result<SampleV2> decode_sample_v2(std::string_view message);

struct MetadataV2 {
    uint32_t type = 0;
    uint32_t help_ref = 0;
    uint32_t unit_ref = 0;
    friend bool operator==(const MetadataV2&, const MetadataV2&) = default;
};

[[nodiscard]] Result<MetadataV2> decode_metadata_v2(std::string_view message);
[[nodiscard]] model::MetricType metric_type_v2(uint32_t type);

[[nodiscard]] Result<model::Exemplar> decode_exemplar_v2(std::string_view message, const Symbols& symbols);

/// Appends packed references. False when they are malformed.
[[nodiscard]] bool read_refs(std::string_view packed, std::vector<uint32_t>& refs);
/// Pairs of names and values, all of which there are? "" or what is wrong, in words.
[[nodiscard]] std::string check_refs(const std::vector<uint32_t>& refs, const Symbols& symbols);

}  // namespace belfry::ingest::prometheus
