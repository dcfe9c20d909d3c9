#pragma once

#include "ingest/metric/wire_batch.h"
#include "ingest/metric/writer.h"

#include <optional>
#include <string>

namespace belfry::ingest {

struct HistogramRefusal {
    Refusal reason = Refusal::invalid_histogram;
    std::string message;
};

/// Is the histogram one that queries can work with? `integers`: its sender counts in integers, so its buckets must add
/// up to its count. Stale markers are not looked at.
[[nodiscard]] std::optional<HistogramRefusal> check_histogram(const model::Histogram& histogram,
                                                              bool integers,
                                                              const MetricConfig& limits);

/// OpenMetrics' limit for the names and values of an exemplar's labels together, in characters.
inline constexpr size_t EXEMPLAR_LABEL_CHARACTERS_MAX = 128;
/// Of the one label model::VALUE_META alone.
inline constexpr size_t VALUE_META_CHARACTERS_MAX = 2'048;

/// A sentence when the exemplar is refused (its time is checked elsewhere), else "".
[[nodiscard]] std::string check_exemplar(const model::Exemplar& exemplar);

}  // namespace belfry::ingest
