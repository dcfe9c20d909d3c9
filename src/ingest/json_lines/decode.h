#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/sample.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace belfry::ingest::json_lines {

// A series a line, as VictoriaMetrics' /api/v1/export writes and its /api/v1/import reads it, and Belfry's too:
//
//   {"metric":{"__name__":"up","job":"a"},"values":[1,0.5],"timestamps":[1549891472010,1549891487724]}
//
// Times are milliseconds. What JSON has no number for: null is NaN, "Infinity" and "-Infinity" are the infinities,
// "StaleNaN" (Belfry alone) is the marker of a series' end. Native histograms (Belfry alone) stand in lines of their
// own with "histograms" in place of "values":
//
//   {"schema":3,"count":4,"sum":7.5,"zero_threshold":1e-128,"zero_count":1,"positive_spans":[[0,2]],
//    "positive_buckets":[1,2],"negative_spans":[],"negative_buckets":[],"custom_bounds":[],"reset_hint":"gauge"}
//
// where all but schema, count and sum may be missing.

inline constexpr size_t LINE_BYTES_MAX = 8UL << 20;  // as a document in memory a line takes up to twenty times this

struct Row {
    model::Labels labels;
    std::vector<model::Sample> samples;
    std::vector<std::shared_ptr<const model::Histogram>> histograms;  // of each sample; empty when all are floats
};

using ExtraLabels = std::vector<std::pair<std::string, std::string>>;

/// `extra_labels` are added and win.
[[nodiscard]] Result<Row> decode_row(std::string_view line, const ExtraLabels& extra_labels);

}  // namespace belfry::ingest::json_lines
