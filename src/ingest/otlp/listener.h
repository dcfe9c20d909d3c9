#pragma once

#include "base/clock.h"
#include "codec/compress.h"
#include "http/router.h"
#include "ingest/metric_sink.h"
#include "ingest/otlp/delta.h"
#include "ingest/otlp/map.h"
#include "ingest/otlp/otlp_config.h"
#include "ingest/receiver_stats.h"

#include <memory>
#include <string>
#include <string_view>

namespace belfry::ingest::otlp {

/// Takes metrics of OTLP, whichever way they come. Any thread.
class MetricsReceiver {
  public:
    MetricsReceiver(
        Clock& clock, const OtlpConfig& config, MetricSink sink, ReceiverStats& stats, codec::DecompressLimits limits);

    struct Outcome {
        std::optional<Error> error = {};  // nothing was taken
        std::string_view reason = {};     // of the error, a word
        int64_t retry_after_ms = 0;       // of an error that may pass: when
        uint64_t refused_points = 0;      // of a request that was taken in part
        std::string message = {};         // why
    };
    /// An ExportMetricsServiceRequest in its protobuf form; `wire_bytes` is what it took on the wire.
    [[nodiscard]] Outcome take(std::string_view message, const http::Request& request, size_t wire_bytes);

    [[nodiscard]] const codec::DecompressLimits& limits() const { return limits_; }
    [[nodiscard]] ReceiverStats& stats() { return stats_; }

  private:
    Outcome refuse(Error error, std::string_view reason);
    Outcome judge(const WriteOutcome& written, const MappedCounts& counts);

    Clock& clock_;  // outlives this
    const OtlpConfig config_;
    const OtlpLabels labels_;
    MetricSink sink_;
    ReceiverStats& stats_;  // outlives this
    const codec::DecompressLimits limits_;
    SeenMetadata seen_;
    DeltaStreams deltas_;
};

/// POST /v1/metrics and, as Prometheus has it, /api/v1/otlp/v1/metrics; the method Export of gRPC's MetricsService.
void register_routes(http::Router& router, const std::shared_ptr<MetricsReceiver>& receiver);

}  // namespace belfry::ingest::otlp
