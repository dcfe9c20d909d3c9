#include "ingest/prometheus/listener_v2.h"

#include "ingest/http_answer.h"
#include "ingest/prometheus/map_v2.h"

namespace belfry::ingest::prometheus {
namespace {

constexpr size_t KEPT_BYTES_MAX = 4UL << 20;  // a worker keeps its buffers between requests up to this size

struct Scratch {
    WireBatch batch;
    WriteRequestMapperV2 mapper;
};

// The series that the mapper left out make a 400, unless what the writer refused may pass later.
http::Response answer_v2(const WriteOutcome& outcome,
                         const WriteRequestMapperV2& mapper,
                         const http::Request& request,
                         ReceiverStats& stats) {
    http::Response out = answer_write(outcome, request, stats);
    const BadSeries& exemplars = mapper.bad_exemplars();
    if (exemplars.count > 0) stats.refused(exemplars.first_reason, exemplars.count, exemplars.first_message, "");
    const BadSeries& bad = mapper.bad();
    if (bad.count == 0) return out;
    stats.refused(bad.first_reason, bad.count, bad.first_message, "");
    if (out.status == 429) return out;
    return http::error_response(400, "bad_data",
                                fmt::format("{} series or histograms refused, {} samples stored; first: {}", bad.count,
                                            outcome.accepted_samples, bad.first_message));
}

}  // namespace

http::Response with_written(http::Response response, const WriteOutcome& outcome) {
    const auto set = [&](std::string_view what, uint64_t count) {
        response.set_header(fmt::format("X-Prometheus-Remote-Write-{}-Written", what), std::to_string(count));
    };
    set("Samples", outcome.accepted_samples - outcome.accepted_histograms);
    set("Histograms", outcome.accepted_histograms);
    set("Exemplars", outcome.accepted_exemplars);
    return response;
}

http::Response write_v2(std::string_view message,
                        const http::Request& request,
                        const MetricSink& sink,
                        ReceiverStats& stats) {
    thread_local Scratch scratch;
    WireBatch& batch = scratch.batch;
    const bool unusual = batch.samples.capacity() * sizeof(model::Sample) > KEPT_BYTES_MAX ||
                         scratch.mapper.memory_bytes() > KEPT_BYTES_MAX;
    if (unusual) scratch = {};
    batch.clear();
    batch.tenant = request.identity.tenant;
    if (Status status = scratch.mapper.map(message, batch); !status.ok())
        return with_written(refuse_write(status.error(), "malformed", stats), {});
    WriteOutcome outcome;
    if (!batch.series.empty()) {
        Result<WriteOutcome> written = sink(batch);
        if (!written.ok())
            return with_written(refuse_write(written.error(), refusal_reason(written.error()), stats), {});
        outcome = *std::move(written);
        scratch.mapper.confirm();
    }
    return with_written(answer_v2(outcome, scratch.mapper, request, stats), outcome);
}

}  // namespace belfry::ingest::prometheus
