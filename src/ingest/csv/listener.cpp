#include "ingest/csv/listener.h"

#include "ingest/csv/map.h"
#include "ingest/extra_labels.h"

namespace belfry::ingest::csv {
namespace {

Result<MapOptions> read_options(const http::Request& request, const Clock& clock) {
    const std::optional<std::string> format = request.query.get("format");
    if (!format)
        return make_error(Code::invalid,
                          "parameter format is missing: what each column is, like "
                          "format=1:time:rfc3339,2:label:host,3:metric:temperature");
    // one by one: a return from within an initializer leaks the members before it
    auto columns = TRY(parse_format(*format));
    auto extra_labels = TRY(extra_labels_of(request));
    return MapOptions{
        .format = std::move(columns), .default_time_ms = clock.now_ms(), .extra_labels = std::move(extra_labels)};
}

struct Handler {
    Clock& clock;
    MetricSink sink;
    ReceiverStats& stats;

    http::Response operator()(const http::Request& request) const {
        Result<MapOptions> options = read_options(request, clock);
        if (!options.ok()) return refuse_write(options.error(), "parameter", stats);
        RowMapper mapper(request.body, *std::move(options));
        const TextWritten written = write_text(sink, request.identity.tenant, [&mapper](WireBatch& batch) {
            return mapper.fill(batch, TEXT_BATCH_SAMPLES);
        });
        return render(judge_text(written, mapper.bad_lines(), request, stats));
    }
};

}  // namespace

void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats) {
    router.add("POST", "/api/v1/import/csv", http::Access::ingest, Handler{clock, std::move(sink), stats},
               {.plain_body = true});
}

}  // namespace belfry::ingest::csv
