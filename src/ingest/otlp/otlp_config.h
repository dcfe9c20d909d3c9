#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::ingest::otlp {

/// How names of OpenTelemetry become names of metrics and labels; called as Prometheus calls them.
enum class Translation {
    underscores_with_suffixes,     // http.server.duration in s -> http_server_duration_seconds
    underscores_without_suffixes,  // -> http_server_duration
    utf8_with_suffixes,            // -> http.server.duration_seconds
    none,                          // -> http.server.duration
};

struct OtlpConfig {
    Translation translation = Translation::underscores_with_suffixes;
    std::vector<std::string> promote_resource_attributes;  // become labels of every series; "*": all
    bool promote_scope = true;                             // otel_scope_name, _version, _schema_url and attributes
    bool native_histograms = false;        // explicit bounds become native histograms, not _bucket series
    uint64_t delta_streams_max = 100'000;  // of delta temporality, whose sums are kept in memory
    int64_t delta_idle_ms = 3'600'000;     // a delta stream without points is forgotten after this
};

}  // namespace belfry::ingest::otlp
