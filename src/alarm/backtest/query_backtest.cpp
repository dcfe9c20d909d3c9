// PromQL: the engine's range evaluation, through the same states as what is evaluated now.
#include "alarm/backtest/backtest.h"
#include "alarm/backtest/strip.h"
#include "alarm/rules/query_past.h"
#include "alarm/rules/query_run.h"
#include "alarm/rules/split.h"
#include "alarm/rules/tri_state.h"
#include "query/promql/print.h"

#include <cmath>

namespace belfry::alarm {
namespace {

using model::AlarmState;

constexpr int64_t CHUNK_STEPS = 5'000;  // of one range query: its answer is in memory

/// One alarm in one run.
struct Played {
    TriState machine;
    bool known = false;
};

struct Run {
    explicit Run(double limit, int64_t from_ms) : threshold(limit), strip(from_ms) {}
    double threshold;
    Strip strip;
    uint64_t rings = 0;
    std::map<std::string, Played> alarms;  // by the bytes of their labels
};

std::string reason_of(const Condition& condition, double threshold, AlarmState state, double value) {
    if (state == AlarmState::undetermined) return fmt::format("There is no value of {}", condition.asked_text());
    if (!condition.split)
        return state == AlarmState::alarm ? fmt::format("The expression gives {:.10g}", value)
                                          : "The expression gives nothing";
    if (std::isnan(value)) return fmt::format("There is no value of {}", condition.value_text);
    return fmt::format("{} is {:.10g}, {}{} {:.10g}", condition.value_text, value,
                       state == AlarmState::alarm ? "" : "not ", promql::to_string(condition.op), threshold);
}

}  // namespace

Result<Backtest> backtest_query(const BacktestParts& parts, const BacktestRequest& request, query::Budget& budget) {
    const catalog::AlarmDefinition& definition = request.definition;
    TRY(check_query_definition(definition));
    const Condition condition = TRY(read_condition(definition.expression));
    if (!condition.split && !request.also.empty())
        return make_error(Code::invalid,
                          "other thresholds can be tried only where the expression is compared with a number");
    const int64_t step_ms = std::max<int64_t>(1'000, definition.interval_ms);
    // what is pending or rings on at the beginning began before it
    const int64_t lead_steps = (definition.for_ms + definition.keep_firing_for_ms) / step_ms + 1;
    const int64_t first_ms = (request.range.from_ms + step_ms - 1) / step_ms * step_ms - lead_steps * step_ms;
    std::vector<Run> runs;
    runs.emplace_back(condition.threshold, request.range.from_ms);
    for (const double threshold : request.also)
        runs.emplace_back(threshold, request.range.from_ms);
    const Patience patience{.for_ms = definition.for_ms,
                            .keep_firing_for_ms = definition.keep_firing_for_ms,
                            .no_data = definition.no_data};
    Backtest out;
    out.range = request.range;
    std::set<std::string> known;
    for (int64_t start_ms = first_ms; start_ms < request.range.to_ms; start_ms += CHUNK_STEPS * step_ms) {
        const int64_t steps = std::min(CHUNK_STEPS, (request.range.to_ms - 1 - start_ms) / step_ms + 1);
        promql::QueryOptions options;
        options.tenant = definition.tenant;
        options.default_step_ms = step_ms;
        auto result = parts.engine.run_range(
            condition.asked(), condition.asked_text(),
            {.start_ms = start_ms, .end_ms = start_ms + (steps - 1) * step_ms, .step_ms = step_ms}, options, budget);
        if (!result.ok()) {
            const Code code = result.error().code;
            if (code != Code::exhausted && code != Code::timeout) return std::move(result).error();
            out.complete = false;
            out.why = result.error().message;
            out.range.to_ms = std::max(request.range.from_ms, start_ms);
            break;
        }
        out.series = std::max(out.series, result->series.size());
        const auto count = static_cast<size_t>(steps);
        const auto alarms = values_on_grid(*result, condition, definition.match_by,
                                           {.start_ms = start_ms, .step_ms = step_ms, .count = count});
        for (const auto& [key, values] : alarms)
            known.insert(key);
        const std::vector<double> nothing(count, NAN);
        std::vector<std::pair<std::string, const std::vector<double>*>> columns;
        for (const std::string& key : known) {
            const auto found = alarms.find(key);
            columns.emplace_back(key, found == alarms.end() ? &nothing : &found->second);
        }
        for (Run& run : runs) {
            std::vector<Played*> played;
            for (const auto& [key, values] : columns)
                played.push_back(&run.alarms[key]);
            for (size_t i = 0; i < count; ++i) {
                if (i % 256 == 0)
                    if (Status in_budget = budget.check(); !in_budget.ok()) {
                        out.complete = false;
                        out.why = in_budget.error().message;
                    }
                const int64_t at_ms = start_ms + static_cast<int64_t>(i) * step_ms;
                if (!out.complete) break;
                for (size_t k = 0; k < columns.size(); ++k) {
                    Played& alarm = *played[k];
                    const double value = (*columns[k].second)[i];
                    const bool there = !std::isnan(value);
                    if (!there && !alarm.known) continue;
                    const Seen seen =
                        there ? (!condition.split || condition.breaches(value, run.threshold) ? Seen::bad : Seen::good)
                              : (condition.split ? Seen::nothing : Seen::good);
                    const std::optional<AlarmState> before =
                        alarm.known ? std::optional(alarm.machine.state) : std::nullopt;
                    alarm.machine.see(seen, at_ms, patience);
                    alarm.known = true;
                    if (before == alarm.machine.state) continue;
                    if (alarm.machine.state == AlarmState::alarm && at_ms >= request.range.from_ms) ++run.rings;
                    run.strip.change(before, alarm.machine.state, at_ms,
                                     reason_of(condition, run.threshold, alarm.machine.state, value));
                }
                if (run.strip.size() > BACKTEST_SEGMENTS_MAX) {
                    out.complete = false;
                    out.why = fmt::format("more than {} changes", BACKTEST_SEGMENTS_MAX);
                }
                if (!out.complete) out.range.to_ms = std::min(out.range.to_ms, std::max(request.range.from_ms, at_ms));
            }
            if (!out.complete) break;
        }
        if (!out.complete) {
            out.range.to_ms = std::min(out.range.to_ms, std::max(request.range.from_ms, start_ms + steps * step_ms));
            break;
        }
    }
    out.alarms = known.size();
    for (Run& run : runs) {
        BacktestRun& made = out.runs.emplace_back();
        if (condition.split) made.threshold = run.threshold;
        made.rings = run.rings;
        made.segments = run.strip.end(out.range.to_ms);
    }
    return out;
}

}  // namespace belfry::alarm
