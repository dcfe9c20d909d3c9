#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

namespace belfry::ingest::exposition {

/// Adds POST /api/v1/import/prometheus: text exposition 0.0.4 or OpenMetrics 1.0, as VictoriaMetrics takes it.
/// `extra_label=name=value` (any number) is added to every series, `timestamp=ms` stands in where a line has none.
/// Written in batches; a bad line does not keep the others out. Clock, sink and stats outlive the router.
void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats);

}  // namespace belfry::ingest::exposition
