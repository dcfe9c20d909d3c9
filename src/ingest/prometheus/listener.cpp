#include "ingest/prometheus/listener.h"

#include "ingest/http_answer.h"
#include "ingest/prometheus/decode.h"
#include "ingest/prometheus/listener_v2.h"
#include "ingest/prometheus/map.h"

namespace belfry::ingest::prometheus {
namespace {

// A worker keeps its buffers between requests unless a request was unusually large (a usual one of 2,000 samples has
// 0.6 MB).
constexpr size_t KEPT_BYTES_MAX = 4UL << 20;

struct Scratch {
    std::string message;
    WireBatch batch;
    WriteRequestMapper mapper;

    void shrink() {
        if (message.capacity() > KEPT_BYTES_MAX) std::string().swap(message);
        if (batch.samples.capacity() * sizeof(model::Sample) > KEPT_BYTES_MAX) batch = WireBatch();
    }
};

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '"'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '"'))
        text.remove_suffix(1);
    return text;
}

// Fills `is_v2`. "" when the content type is one of remote write, else a sentence for the sender.
std::string content_type_problem(std::string_view content_type, bool& is_v2) {
    if (content_type.empty()) return "";
    size_t end = std::min(content_type.find(';'), content_type.size());
    const std::string_view type = trim(content_type.substr(0, end));
    if (type != "application/x-protobuf")
        return fmt::format(
            "content type {} is not that of remote write; expected application/x-protobuf with a snappy body", type);
    while (end < content_type.size()) {
        content_type.remove_prefix(end + 1);
        end = std::min(content_type.find(';'), content_type.size());
        const std::string_view parameter = trim(content_type.substr(0, end));
        if (!parameter.starts_with("proto=")) continue;
        const std::string_view proto = trim(parameter.substr(6));
        if (proto == "prometheus.WriteRequest") return "";
        is_v2 = proto == MESSAGE_V2;
        if (is_v2) return "";
        return fmt::format("protobuf message {} is not understood; expected prometheus.WriteRequest or {}", proto,
                           MESSAGE_V2);
    }
    return "";
}

struct Handler {
    MetricSink sink;
    ReceiverStats& stats;
    codec::DecompressLimits limits;

    http::Response operator()(const http::Request& request) const {
        bool is_v2 = false;
        http::Response out = write(request, is_v2);
        if (is_v2 && !out.has_header("X-Prometheus-Remote-Write-Samples-Written"))
            return with_written(std::move(out), {});
        return out;
    }

    http::Response write(const http::Request& request, bool& is_v2) const {
        if (const std::string problem = content_type_problem(request.header("content-type"), is_v2); !problem.empty()) {
            stats.refused("content_type", 1, problem, request.header("content-type"));
            return http::error_response(415, "bad_data", problem);
        }
        // The protocol's body is a snappy block whether the header says so or not; newer senders may say zstd.
        const std::optional<codec::Coding> named = codec::coding_from_name(request.content_encoding);
        if (!named) {
            const std::string problem =
                fmt::format("Content-Encoding {} is not understood; expected snappy", request.content_encoding);
            stats.refused("content_encoding", 1, problem, "");
            return http::error_response(415, "bad_data", problem);
        }
        const codec::Coding coding = *named == codec::Coding::identity ? codec::Coding::snappy : *named;
        thread_local Scratch scratch;
        scratch.batch.clear();
        if (Status status = codec::decompress(coding, request.body, limits, scratch.message); !status) {
            if (status.error().code == Code::exhausted) {
                stats.refused("too_large", 1, status.error().message, "");
                return http::error_response(413, "bad_data", status.error().message);
            }
            return refuse_write(status.error(), "compression", stats);
        }
        if (is_v2) {
            http::Response out = write_v2(scratch.message, request, sink, stats);
            scratch.shrink();
            return out;
        }
        if (Status status = scratch.mapper.map(scratch.message, scratch.batch); !status)
            return refuse_write(status.error(), "malformed", stats);
        scratch.batch.tenant = request.identity.tenant;
        const Result<WriteOutcome> outcome = sink(scratch.batch);
        http::Response out = outcome.ok() ? answer_write(*outcome, request, stats)
                                          : refuse_write(outcome.error(), refusal_reason(outcome.error()), stats);
        scratch.shrink();
        return out;
    }
};

}  // namespace

void register_routes(http::Router& router, MetricSink sink, ReceiverStats& stats, codec::DecompressLimits limits) {
    const Handler handler{std::move(sink), stats, limits};
    for (const char* path : {"/api/v1/write", "/api/v1/push", "/prometheus/api/v1/write"})
        router.add("POST", path, http::Access::ingest, handler, {.raw_body = true});
}

}  // namespace belfry::ingest::prometheus
