#include "ingest/json_lines/listener.h"

#include "ingest/extra_labels.h"
#include "ingest/json_lines/map.h"

namespace belfry::ingest::json_lines {
namespace {

struct Handler {
    MetricSink sink;
    ReceiverStats& stats;

    http::Response operator()(const http::Request& request) const {
        Result<ExtraLabels> extra_labels = extra_labels_of(request);
        if (!extra_labels.ok()) return refuse_write(extra_labels.error(), "parameter", stats);
        LineMapper mapper(request.body, *std::move(extra_labels));
        const TextWritten written = write_text(sink, request.identity.tenant, [&mapper](WireBatch& batch) {
            return mapper.fill(batch, TEXT_BATCH_SAMPLES);
        });
        return render(judge_text(written, mapper.bad_lines(), request, stats));
    }
};

}  // namespace

void register_routes(http::Router& router, MetricSink sink, ReceiverStats& stats) {
    router.add("POST", "/api/v1/import", http::Access::ingest, Handler{std::move(sink), stats}, {.plain_body = true});
}

}  // namespace belfry::ingest::json_lines
