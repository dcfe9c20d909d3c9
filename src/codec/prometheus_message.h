#pragma once

#include "model/histogram.h"
#include "model/labels.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::codec {

// Fields of Prometheus' messages (prompb/types.proto) that remote read and remote write share, appended to a message.

/// `repeated Label`: name = 1, value = 2. The tenant label is left out.
void append_prometheus_labels(std::string& out, uint32_t field, model::LabelsView labels);
/// `Sample`: value = 1, timestamp = 2.
void append_prometheus_sample(std::string& out, uint32_t field, int64_t time_ms, double value);
/// `Histogram`: as whole numbers when its counts are whole, else as floats.
void append_prometheus_histogram(std::string& out, uint32_t field, int64_t time_ms, const model::Histogram& histogram);

}  // namespace belfry::codec
