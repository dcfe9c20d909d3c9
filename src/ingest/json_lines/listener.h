#pragma once

#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

namespace belfry::ingest::json_lines {

/// Adds POST /api/v1/import[?extra_label=name=value]: JSON lines as VictoriaMetrics and GET /api/v1/export write them.
/// Good lines are kept when others are refused. Sink and stats outlive the router.
void register_routes(http::Router& router, MetricSink sink, ReceiverStats& stats);

}  // namespace belfry::ingest::json_lines
