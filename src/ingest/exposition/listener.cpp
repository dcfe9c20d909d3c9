#include "ingest/exposition/listener.h"

#include "base/number.h"
#include "ingest/exposition/map.h"
#include "ingest/http_answer.h"

namespace belfry::ingest::exposition {
namespace {

// One record of the log each: large enough that its sync does not matter, small enough for the queue's limits.
constexpr size_t BATCH_SAMPLES = 10'000;

Result<MapOptions> read_options(const http::Request& request, const Clock& clock) {
    MapOptions out{.default_time_ms = clock.now_ms()};
    if (const auto text = request.query.get("timestamp"); text && !text->empty()) {
        const std::optional<int64_t> time_ms = parse_int(*text);
        if (!time_ms) return make_error(Code::invalid, "timestamp={} is not a number of milliseconds", *text);
        out.default_time_ms = *time_ms;
    }
    for (const std::string& pair : request.query.all("extra_label")) {
        const size_t equals = pair.find('=');
        if (equals == std::string::npos || equals == 0)
            return make_error(Code::invalid, "extra_label={} is not name=value", pair);
        out.extra_labels.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return out;
}

// Adds up what the batches of one request came to.
void join(WriteOutcome& sum, const WriteOutcome& part) {
    sum.accepted_samples += part.accepted_samples;
    sum.rejected_samples += part.rejected_samples;
    sum.accepted_metadata += part.accepted_metadata;
    sum.new_series += part.new_series;
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        sum.rejected[i] += part.rejected[i];
    sum.offset = part.offset;
    if (sum.first_reason) return;
    sum.first_reason = part.first_reason;
    sum.first_message = part.first_message;
    sum.first_series = part.first_series;
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
        WireBatch batch;
        WriteOutcome outcome;
        while (mapper.fill(batch, BATCH_SAMPLES)) {
            if (batch.samples.empty() && batch.metadata.empty()) continue;
            batch.tenant = request.identity.tenant;
            Result<WriteOutcome> written = sink(batch);
            if (!written.ok()) {
                if (outcome.accepted_samples > 0) stats.accepted(outcome.accepted_samples, 0, request.remote_address);
                report_refusals(outcome, stats);
                const std::string_view reason = refusal_reason(written.error());
                return refuse_write(
                    std::move(written).error().context("{} samples were taken, then", outcome.accepted_samples), reason,
                    stats);
            }
            join(outcome, *written);
        }
        if (mapper.exemplars() > 0)
            stats.refused("exemplar_not_accepted", mapper.exemplars(),
                          "exemplars are not accepted yet; the samples beside them are stored", "");
        http::Response out = answer_write(outcome, request, stats);
        const BadLines& bad = mapper.bad_lines();
        if (bad.count > 0) {
            stats.refused("malformed", bad.count, bad.first_message, bad.first_line);
            return http::error_response(400, "bad_data",
                                        fmt::format("{}; {} lines refused, {} samples taken", bad.first_message,
                                                    bad.count, outcome.accepted_samples));
        }
        if (out.status == 204 && format == codec::ExpositionFormat::open_metrics && !mapper.saw_eof()) {
            const std::string message = fmt::format(
                "OpenMetrics text ends without # EOF: it may be torn; {} samples taken", outcome.accepted_samples);
            stats.refused("no_eof", 1, message, "");
            return http::error_response(400, "bad_data", message);
        }
        return out;
    }
};

}  // namespace

void register_routes(http::Router& router, Clock& clock, MetricSink sink, ReceiverStats& stats) {
    router.add("POST", "/api/v1/import/prometheus", http::Access::ingest, Handler{clock, std::move(sink), stats});
}

}  // namespace belfry::ingest::exposition
