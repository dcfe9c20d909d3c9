#include "ingest/exposition/listener.h"

#include "base/number.h"
#include "ingest/exposition/map.h"
#include "ingest/extra_labels.h"
#include "ingest/text_write.h"

namespace belfry::ingest::exposition {
namespace {

Result<MapOptions> read_options(const http::Request& request, const Clock& clock) {
    MapOptions out{.default_time_ms = clock.now_ms()};
    if (const auto text = request.query.get("timestamp"); text && !text->empty()) {
        const std::optional<int64_t> time_ms = parse_int(*text);
        if (!time_ms) return make_error(Code::invalid, "timestamp={} is not a number of milliseconds", *text);
        out.default_time_ms = *time_ms;
    }
    out.extra_labels = TRY(extra_labels_of(request));
    return out;
}

struct Handler {
    Clock& clock;
    MetricSink sink;
    ReceiverStats& stats;

    http::Response operator()(const http::Request& request) const {
        Result<MapOptions> options = read_options(request, clock);
        if (!options.ok()) return refuse_write(options.error(), "parameter", stats);
        const codec::ExpositionFormat format = codec::exposition_format(request.header("content-type"), request.body);
        ExpositionMapper mapper(request.body, format, std::move(*options));
        const TextWritten written = write_text(sink, request.identity.tenant, [&mapper](WireBatch& batch) {
            return mapper.fill(batch, TEXT_BATCH_SAMPLES);
        });
        const WriteAnswer answer = judge_text(written, mapper.bad_lines(), request, stats);
        if (answer.ok() && format == codec::ExpositionFormat::open_metrics && !mapper.saw_eof()) {
            const std::string message =
                fmt::format("OpenMetrics text ends without # EOF: it may be torn; {} samples taken",
                            written.outcome.accepted_samples);
            stats.refused("no_eof", 1, message, "");
            return http::error_response(400, "bad_data", message);
        }
        return render(answer);
    }
};

}  // namespace

void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats) {
    router.add("POST", "/api/v1/import/prometheus", http::Access::ingest, Handler{clock, std::move(sink), stats},
               {.plain_body = true});
}

}  // namespace belfry::ingest::exposition
