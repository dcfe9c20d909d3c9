#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/monasca/monasca_config.h"
#include "ingest/receiver_stats.h"

#include <functional>
#include <string>
#include <vector>

namespace belfry::ingest::monasca {

/// What Monasca's clients write, below /monasca, each path with and without a last slash:
///   POST /v2.0/metrics; /v2.0/logs and /v3.0/logs; /v2.0/log/single; /v1.0/events
struct Receiver {
    Clock& clock;
    MonascaConfig config;
    MetricSink metrics;
    /// Records into topic `logs` or `events`; durable when it returns.
    std::function<Status(std::vector<std::string>)> logs;
    std::function<Status(std::vector<std::string>)> events;
    ReceiverStats& metric_stats;
    ReceiverStats& log_stats;
    ReceiverStats& event_stats;
};

/// What the receiver refers to outlives the router.
void register_routes(http::Router& router, Receiver receiver);

}  // namespace belfry::ingest::monasca
