#include "ingest/text_write.h"

namespace belfry::ingest {
namespace {

void join(WriteOutcome& sum, const WriteOutcome& part) {
    sum.accepted_samples += part.accepted_samples;
    sum.accepted_histograms += part.accepted_histograms;
    sum.accepted_exemplars += part.accepted_exemplars;
    sum.rejected_samples += part.rejected_samples;
    if (sum.rejected_exemplars == 0) sum.first_exemplar_message = part.first_exemplar_message;
    sum.rejected_exemplars += part.rejected_exemplars;
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

}  // namespace

TextWritten write_text(const MetricSink& sink, std::string_view tenant, const std::function<bool(WireBatch&)>& fill) {
    TextWritten out;
    WireBatch batch;
    while (fill(batch)) {
        if (batch.samples.empty() && batch.metadata.empty() && batch.exemplars.empty()) continue;
        batch.tenant = tenant;
        Result<WriteOutcome> written = sink(batch);
        if (!written.ok()) {
            out.stopped_by = std::move(written).error();
            return out;
        }
        join(out.outcome, *written);
    }
    return out;
}

WriteAnswer judge_text(const TextWritten& written,
                       const BadLines& bad,
                       const http::Request& request,
                       ReceiverStats& stats) {
    const WriteOutcome& outcome = written.outcome;
    if (bad.count > 0) stats.refused("malformed", bad.count, bad.first_message, bad.first_line);
    if (written.stopped_by) {
        if (outcome.accepted_samples > 0) stats.accepted(outcome.accepted_samples, 0, request.remote_address);
        report_refusals(outcome, stats);
        Error error = *written.stopped_by;
        return judge_error(std::move(error).context("{} samples were taken, then", outcome.accepted_samples),
                           refusal_reason(*written.stopped_by), stats);
    }
    WriteAnswer answer = judge_write(outcome, request, stats);
    if (bad.count == 0 || answer.status == 429) return answer;
    return {
        400, "bad_data",
        fmt::format("{}; {} lines refused, {} samples taken", bad.first_message, bad.count, outcome.accepted_samples)};
}

}  // namespace belfry::ingest
