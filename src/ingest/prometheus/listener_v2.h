#pragma once

#include "http/message.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

#include <string_view>

namespace belfry::ingest::prometheus {

inline constexpr std::string_view MESSAGE_V2 = "io.prometheus.write.v2.Request";

/// Writes a decompressed io.prometheus.write.v2.Request and answers it: what was stored stands in the headers
/// X-Prometheus-Remote-Write-{Samples,Histograms,Exemplars}-Written of every answer, also of a refusal.
[[nodiscard]] http::Response write_v2(std::string_view message,
                                      const http::Request& request,
                                      const MetricSink& sink,
                                      ReceiverStats& stats);

/// The same headers on an answer that was made before anything was looked at.
[[nodiscard]] http::Response with_written(http::Response response, const WriteOutcome& outcome);

}  // namespace belfry::ingest::prometheus
