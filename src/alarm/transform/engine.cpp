#include "alarm/transform/engine.h"

#include "alarm/transform/aggregate.h"
#include "alarm/transform/stats.h"
#include "base/file.h"
#include "base/log.h"
#include "base/number.h"

namespace belfry::alarm {

Result<int64_t> TransformEngine::read_position() {
    const int64_t hour_ms = parts_.clock.now_ms() / HOUR_MS * HOUR_MS;
    if (!real_file_system().exists(parts_.position_file))
        return hour_ms;  // what was before the first start stays as it is
    const std::string text = TRY(read_file(real_file_system(), parts_.position_file, 64));
    const auto at = parse_uint(text);
    if (!at)
        return make_error(Code::corrupt, "{} holds no time; remove it to begin with the present hour",
                          parts_.position_file);
    const auto position_ms = static_cast<int64_t>(*at) / HOUR_MS * HOUR_MS;
    // a clock that was set back must not end it for ever
    return std::min(position_ms, hour_ms);
}

Status TransformEngine::run_due() {
    const int64_t now_ms = parts_.clock.now_ms();
    if (next_hour_ms_ < 0) {
        next_hour_ms_ = TRY(read_position());
        TRY(write_file_atomically(real_file_system(), parts_.position_file, std::to_string(next_hour_ms_)));
    }
    const int64_t oldest_ms = (now_ms - parts_.config.catch_up_ms) / HOUR_MS * HOUR_MS;
    if (next_hour_ms_ < oldest_ms) {
        const int64_t missed = (oldest_ms - next_hour_ms_) / HOUR_MS;
        transform_hours_skipped_total.add(static_cast<uint64_t>(missed));
        log_warn("transform", "hours are too long ago to be computed (transform.catch_up)", {{"hours", missed}});
        next_hour_ms_ = oldest_ms;
    }
    for (; next_hour_ms_ + HOUR_MS + parts_.config.delay_ms <= now_ms; next_hour_ms_ += HOUR_MS) {
        for (const std::string& tenant : parts_.tenants()) {
            const auto specs = parts_.specs(tenant);
            if (specs) TRY(run_hour(tenant, *specs, next_hour_ms_));
        }
        TRY(write_file_atomically(real_file_system(), parts_.position_file, std::to_string(next_hour_ms_ + HOUR_MS)));
        transform_hours_total.add();
    }
    return {};
}

Status TransformEngine::run_hour(const std::string& tenant, const TransformSpecs& specs, int64_t hour_ms) {
    std::vector<RuleSample> samples;
    for (const TransformSpec& spec : specs.aggregations) {
        auto made = compute(tenant, specs, spec, hour_ms);
        if (!made.ok()) {
            if (made.error().code == Code::unavailable) return made.error();
            transform_failures_total.add();
            log_warn("transform", "an aggregation was passed over",
                     {{"metric_id", spec.metric_id},
                      {"tenant", tenant},
                      {"hour_ms", hour_ms},
                      {"error", made.error().message}});
            continue;
        }
        std::move(made->begin(), made->end(), std::back_inserter(samples));
    }
    if (samples.empty()) return {};
    const SinkOutcome outcome = TRY(parts_.write(tenant, samples));
    transform_samples_total.add(samples.size() - outcome.refused);
    if (outcome.refused > 0)
        log_warn("transform", "results were refused", {{"samples", outcome.refused}, {"first", outcome.first_message}});
    return {};
}

Result<std::vector<RuleSample>> TransformEngine::compute(const std::string& tenant,
                                                         const TransformSpecs& specs,
                                                         const TransformSpec& spec,
                                                         int64_t hour_ms) const {
    query::Budget budget(parts_.limits, parts_.clock);
    const model::TimeRange hour{hour_ms, hour_ms + HOUR_MS};
    std::vector<TransformInput> inputs;
    for (const PreTransformSpec& input : specs.inputs) {
        if (std::find(input.metric_ids.begin(), input.metric_ids.end(), spec.metric_id) == input.metric_ids.end())
            continue;
        model::Matchers matchers;
        matchers.push_back(
            TRY(model::Matcher::make(model::Matcher::Op::equal, std::string(model::METRIC_NAME), input.event_type)));
        const auto set = TRY(parts_.source.select(tenant, matchers, hour, budget));
        for (size_t i = 0; i < set->series().size(); ++i) {
            TransformInput one;
            one.spec = &input;
            TRY(set->read(i, hour, one.samples, budget));
            if (one.samples.empty()) continue;
            one.labels = model::Labels(set->series()[i].labels);
            TRY(budget.charge_memory(one.labels.bytes().size() + one.samples.size() * 16));
            inputs.push_back(std::move(one));
        }
    }
    std::vector<RuleSample> out;
    // at the hour's end: then it is known
    for (TransformOutput& result : aggregate(spec, inputs, tenant))
        out.push_back(
            {.labels = std::move(result.labels), .time_ms = hour.to_ms, .value = result.value, .histogram = nullptr});
    return out;
}

}  // namespace belfry::alarm
