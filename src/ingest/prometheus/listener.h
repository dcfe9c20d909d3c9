#pragma once

#include "codec/compress.h"
#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

namespace belfry::ingest::prometheus {

/// Adds the routes of Prometheus remote write 1.0 and 2.0: POST /api/v1/write, /api/v1/push (Mimir's name),
/// /prometheus/api/v1/write. `limits` bound a request after decompression. Sink and stats outlive the router.
void register_routes(http::Router& router, MetricSink sink, ReceiverStats& stats, codec::DecompressLimits limits);

}  // namespace belfry::ingest::prometheus
