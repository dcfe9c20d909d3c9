#pragma once

#include "base/result.h"
#include "model/exemplar.h"
#include "model/histogram.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::scrape {

/// A sample of an answer, whatever its form. Views are valid during the call.
struct ExposedSample {
    std::string_view series;  // text of name and labels, as an exposition line has it
    double value = 0;
    std::shared_ptr<const model::Histogram> histogram;  // instead of the value
    std::optional<int64_t> time_ms;
    int64_t start_ms = 0;                    // 0: unknown
    std::vector<model::Exemplar> exemplars;  // time 0: that of the sample
};

struct ProtobufOptions {
    bool native_histograms = false;   // else their classic buckets
    bool classic_histograms = false;  // beside native ones, too
};

/// Walks delimited io.prometheus.client.MetricFamily messages: sizes as varints, each followed by a message. Metadata
/// of a family comes before its samples. A callback's error ends the walk; `corrupt` for bytes that are no such
/// message.
[[nodiscard]] Status walk_protobuf_exposition(std::string_view body,
                                              const ProtobufOptions& options,
                                              const std::function<Status(const model::MetricMetadata&)>& on_family,
                                              const std::function<Status(ExposedSample&)>& on_sample);

}  // namespace belfry::ingest::scrape
