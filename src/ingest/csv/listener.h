#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

namespace belfry::ingest::csv {

/// Adds POST /api/v1/import/csv?format=...[&extra_label=name=value], as VictoriaMetrics has it. Good rows are kept when
/// others are refused. Clock, sink and stats outlive the router.
void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats);

}  // namespace belfry::ingest::csv
