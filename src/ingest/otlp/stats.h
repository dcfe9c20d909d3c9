#pragma once

#include "base/counter.h"

namespace belfry::ingest::otlp {

inline Gauge delta_streams_now("belfry_otlp_delta_streams", "Streams of delta temporality that are being summed up.");
inline Counter delta_streams_forgotten(
    "belfry_otlp_delta_streams_forgotten_total",
    "Delta streams whose sums were dropped because no point came (otlp.delta_idle).");

}  // namespace belfry::ingest::otlp
