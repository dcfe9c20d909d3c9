#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

namespace belfry::ingest::influx {

/// Adds the write side of InfluxDB, each path also below /influx:
///   POST /write          (1.x: db, precision; rp, u and p mean nothing here)
///   POST /api/v2/write   (2.x: bucket, whose part before '/' becomes db; precision; org means nothing here)
///   GET  /ping           (anyone)
///   GET, POST /query     (CREATE DATABASE and SHOW DATABASES, which telegraf sends first; nothing is created)
/// Good lines are kept when others are refused. Clock, sink and stats outlive the router.
void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats);

}  // namespace belfry::ingest::influx
