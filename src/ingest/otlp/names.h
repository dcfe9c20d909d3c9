#pragma once

#include "ingest/otlp/otlp_config.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::ingest::otlp {

/// What a metric is, as far as its name depends on it.
enum class Kind : uint8_t { gauge, counter, up_down_counter, histogram, summary };

/// The name of a metric family by the OpenTelemetry specification's rules for Prometheus: words of [A-Za-z0-9:] joined
/// by
/// "_", then the unit ("s" -> seconds, "By/s" -> bytes_per_second), then "total" of counters, "ratio" of gauges whose
/// unit is 1. "" when nothing is left.
[[nodiscard]] std::string metric_name(std::string_view name, std::string_view unit, Kind kind, Translation translation);

/// The name of a label: other characters than [A-Za-z0-9_] become "_", a digit in front gets "key_", a single "_"
/// "key".
[[nodiscard]] std::string label_name(std::string_view name, Translation translation);

/// The unit in Prometheus' words, for metadata: "s" -> "seconds", "By/s" -> "bytes_per_second", "{request}" -> "".
[[nodiscard]] std::string unit_name(std::string_view unit);

}  // namespace belfry::ingest::otlp
