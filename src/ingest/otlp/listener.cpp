#include "ingest/otlp/listener.h"

#include "base/json.h"
#include "codec/protobuf.h"
#include "http/content_encoding.h"
#include "http/grpc.h"
#include "ingest/http_answer.h"
#include "ingest/otlp/json.h"

namespace belfry::ingest::otlp {
namespace {

constexpr std::string_view PROTOBUF = "application/x-protobuf";
constexpr std::string_view JSON = "application/json";
// A full queue drains in seconds; a series limit passes when series end, or somebody raises it.
constexpr int64_t RETRY_QUEUE_MS = 2'000;
constexpr int64_t RETRY_LIMIT_MS = 30'000;
constexpr size_t KEPT_BYTES_MAX = 4UL << 20;
constexpr int64_t DAY_MS = 86'400'000;

struct Scratch {
    std::string body;      // decompressed
    std::string protobuf;  // from JSON
    WireBatch batch;
    MetricsMapper mapper;

    void shrink() {
        for (std::string* text : {&body, &protobuf})
            if (text->capacity() > KEPT_BYTES_MAX) std::string().swap(*text);
        if (batch.samples.capacity() * sizeof(model::Sample) > KEPT_BYTES_MAX) batch = WireBatch();
    }
};

Scratch& scratch() {
    thread_local Scratch own;
    return own;
}

/// google.rpc.Status: 1 code, 2 message.
http::Response status_response(int http_status, http::GrpcCode code, std::string_view message, bool json) {
    http::Response out;
    out.status = http_status;
    out.content_type = json ? JSON : PROTOBUF;
    if (json) {
        JsonWriter writer;
        writer.begin_object().field("code", static_cast<int>(code)).field("message", message).end_object();
        out.body = writer.take();
    } else {
        codec::ProtoWriter writer(out.body);
        writer.varint(1, static_cast<uint64_t>(code));
        writer.bytes(2, message);
    }
    return out;
}

/// ExportMetricsServiceResponse: 1 partial_success {1 rejected_data_points, 2 error_message}.
std::string response_message(const MetricsReceiver::Outcome& outcome) {
    std::string out;
    if (outcome.message.empty()) return out;
    std::string partial;
    if (outcome.refused_points > 0) codec::ProtoWriter(partial).varint(1, outcome.refused_points);
    codec::ProtoWriter(partial).bytes(2, outcome.message);
    codec::ProtoWriter(out).bytes(1, partial);
    return out;
}

http::Response answer(const MetricsReceiver::Outcome& outcome, bool json) {
    if (outcome.error) {
        const Error& error = *outcome.error;
        const int status = outcome.reason == "too_large"                                    ? 413
                           : error.code == Code::exhausted                                  ? 429
                           : error.code == Code::unavailable || error.code == Code::timeout ? 503
                           : error.code == Code::internal                                   ? 500
                                                                                            : 400;
        http::Response out = status_response(status, http::grpc_code(error), error.message, json);
        if (outcome.retry_after_ms > 0) out.set_header("Retry-After", std::to_string(outcome.retry_after_ms / 1000));
        return out;
    }
    http::Response out;
    out.content_type = json ? JSON : PROTOBUF;
    if (!json) {
        out.body = response_message(outcome);
        return out;
    }
    JsonWriter writer;
    writer.begin_object();
    if (!outcome.message.empty()) {
        writer.key("partialSuccess").begin_object();
        if (outcome.refused_points > 0) writer.field("rejectedDataPoints", std::to_string(outcome.refused_points));
        writer.field("errorMessage", outcome.message).end_object();
    }
    out.body = writer.end_object().take();
    return out;
}

std::string_view media_type(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && type.back() == ' ')
        type.remove_suffix(1);
    return type;
}

struct HttpHandler {
    std::shared_ptr<MetricsReceiver> receiver;

    http::Response operator()(const http::Request& request) const {
        const std::string_view type = media_type(request.header("content-type"));
        const bool json = type == JSON;
        const auto refuse = [&](int status, http::GrpcCode code, std::string_view reason, const std::string& message) {
            receiver->stats().refused(reason, 1, message, "");
            return status_response(status, code, message, json);
        };
        if (!json && type != PROTOBUF && type != "application/protobuf")
            return refuse(
                415, http::GrpcCode::invalid_argument, "content_type",
                fmt::format("content type {} is not OTLP's; expected application/x-protobuf or application/json",
                            type.empty() ? "(none)" : type.substr(0, 100)));
        const std::optional<codec::Coding> coding = codec::coding_from_name(request.content_encoding);
        if (!coding)
            return refuse(415, http::GrpcCode::invalid_argument, "content_encoding",
                          fmt::format("Content-Encoding {} is not understood; there are gzip, deflate, zstd and snappy",
                                      request.content_encoding.substr(0, 40)));
        Scratch& own = scratch();
        std::string_view message = request.body;
        if (*coding != codec::Coding::identity) {
            if (Status status = codec::decompress(*coding, request.body, receiver->limits(), own.body); !status) {
                const bool large = status.error().code == Code::exhausted;
                return refuse(large ? 413 : 400, http::grpc_code(status.error()), large ? "too_large" : "compression",
                              status.error().message);
            }
            message = own.body;
        }
        if (json) {
            if (Status status = json_to_protobuf(message, export_metrics_request(), own.protobuf); !status)
                return refuse(400, http::GrpcCode::invalid_argument, "malformed", status.error().message);
            message = own.protobuf;
        }
        http::Response out = answer(receiver->take(message, request, request.body.size()), json);
        own.shrink();
        return out;
    }
};

http::GrpcReply answer_call(const MetricsReceiver::Outcome& outcome) {
    if (!outcome.error) return {.body = response_message(outcome)};
    // a client repeats RESOURCE_EXHAUSTED only when it is told when
    return http::GrpcReply::refuse(http::grpc_code(*outcome.error), outcome.error->message, outcome.retry_after_ms);
}

}  // namespace

MetricsReceiver::MetricsReceiver(
    Clock& clock, const OtlpConfig& config, MetricSink sink, ReceiverStats& stats, codec::DecompressLimits limits)
    : clock_(clock),
      config_(config),
      labels_(config.translation),
      sink_(std::move(sink)),
      stats_(stats),
      limits_(limits),
      deltas_(clock, config.delta_streams_max, config.delta_idle_ms) {}

MetricsReceiver::Outcome MetricsReceiver::refuse(Error error, std::string_view reason) {
    stats_.refused(reason, 1, error.message, "");
    const bool passes = reason != "too_large" && (error.code == Code::exhausted || error.code == Code::unavailable ||
                                                  error.code == Code::timeout);
    return {.error = std::move(error), .reason = reason, .retry_after_ms = passes ? RETRY_QUEUE_MS : 0};
}

MetricsReceiver::Outcome MetricsReceiver::take(std::string_view message,
                                               const http::Request& request,
                                               size_t wire_bytes) {
    Scratch& own = scratch();
    own.batch.clear();
    MappedCounts counts;
    DeltaStreams::Transaction deltas(deltas_);
    const int64_t now_ms = clock_.now_ms();
    const MetricsMapper::Parts parts{
        .config = config_, .labels = labels_, .seen = seen_, .series_bytes_max = limits_.bytes_max};
    if (Status status =
            own.mapper.map(message, request.identity.tenant, now_ms, parts, deltas, deltas_, own.batch, counts);
        !status) {
        const Code code = status.error().code;
        return refuse(std::move(status).error(), code == Code::exhausted     ? "too_large"
                                                 : code == Code::unavailable ? "busy_delta"
                                                                             : "malformed");
    }
    WriteOutcome written;
    if (!own.batch.series.empty() || !own.batch.metadata.empty()) {
        Result<WriteOutcome> outcome = sink_(own.batch);
        if (!outcome.ok()) {
            const std::string_view reason = refusal_reason(outcome.error());
            return refuse(std::move(outcome).error(), reason);
        }
        written = *std::move(outcome);
    }
    deltas.commit();
    if (!own.mapper.metadata_keys().empty()) seen_.add(own.mapper.metadata_keys(), now_ms / DAY_MS);
    stats_.accepted(written.accepted_samples, wire_bytes, request.remote_address);
    return judge(written, counts);
}

MetricsReceiver::Outcome MetricsReceiver::judge(const WriteOutcome& written, const MappedCounts& counts) {
    for (size_t i = 0; i < POINT_REFUSALS; ++i)
        if (counts.by_reason[i] > 0)
            stats_.refused(to_string(static_cast<PointRefusal>(i)), counts.by_reason[i], counts.first_message,
                           counts.first_metric);
    report_refusals(written, stats_);
    if (counts.refused == 0 && written.rejected_samples == 0) return {};
    // a point may be several samples
    const uint64_t refused = std::min(counts.points, counts.refused + written.rejected_samples);
    std::string text = counts.first_message.empty() ? written.first_message : counts.first_message;
    text = fmt::format("{} of {} data points refused, the others are stored; first: {}", refused, counts.points, text);
    if (written.accepted_samples > 0) return {.refused_points = refused, .message = std::move(text)};
    // nothing at all was taken: what may pass later is to be sent again, the rest never
    const bool passes = written.rejected[static_cast<size_t>(Refusal::series_limit)] > 0 ||
                        counts.by_reason[static_cast<size_t>(PointRefusal::delta_streams)] > 0;
    if (passes)
        return {.error = Error{Code::exhausted, std::move(text)}, .reason = "limit", .retry_after_ms = RETRY_LIMIT_MS};
    return {.error = Error{Code::invalid, std::move(text)}, .reason = "refused"};
}

void register_routes(http::Router& router, const std::shared_ptr<MetricsReceiver>& receiver) {
    for (const char* path : {"/v1/metrics", "/api/v1/otlp/v1/metrics"})
        router.add("POST", path, http::Access::ingest, HttpHandler{receiver}, {.raw_body = true});
    http::add_grpc_method(
        router, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", http::Access::ingest,
        [receiver](const http::Request& request, std::string_view message) {
            http::GrpcReply reply = answer_call(receiver->take(message, request, request.body.size()));
            scratch().shrink();
            return reply;
        },
        {.message_bytes_max = receiver->limits().bytes_max, .ratio_max = receiver->limits().ratio_max});
}

}  // namespace belfry::ingest::otlp
