#pragma once

#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

namespace belfry::ingest::opentsdb {

/// Adds OpenTSDB's POST /api/put and /opentsdb/api/put: JSON, one point or an array. `?summary` and `?details` as
/// OpenTSDB has them; good points are kept when others are refused. Sink and stats outlive the router.
void register_routes(http::Router& router, MetricSink sink, ReceiverStats& stats);

}  // namespace belfry::ingest::opentsdb
