#include "alarm/rules/query_past.h"

#include <cmath>

namespace belfry::alarm {
namespace {

constexpr int64_t CHUNK_STEPS = 500;  // of one range query; most `for`s are one

bool gives_where_nothing_is(const promql::Expr& expr) {
    if (const auto* call = promql::try_as<promql::Call>(expr)) {
        const std::string_view name = call->function->name;
        if (name == "absent" || name == "absent_over_time" || name == "vector") return true;
    }
    for (const promql::Expr* child : promql::children(expr))
        if (gives_where_nothing_is(*child)) return true;
    return false;
}

/// What one time says of one alarm.
enum class Said { bad, not_bad, nothing };

Said said(double value, bool anything_there, const PastQuestion& question) {
    if (!std::isnan(value)) {
        const bool bad = !question.condition.split || question.condition.breaches(value);
        return bad ? Said::bad : Said::not_bad;
    }
    if (!anything_there) return Said::nothing;
    if (!question.condition.split) return Said::not_bad;
    switch (question.definition.no_data) {
        case catalog::NoData::keep: return Said::nothing;
        case catalog::NoData::alarm: return Said::bad;
        case catalog::NoData::ok:
        case catalog::NoData::undetermined: break;
    }
    return Said::not_bad;
}

}  // namespace

std::map<std::string, std::vector<double>> values_on_grid(const promql::QueryResult& result,
                                                          const Condition& condition,
                                                          const std::vector<std::string>& match_by,
                                                          const Grid& grid) {
    std::map<std::string, std::vector<double>> out;
    for (const promql::ResultSeries& series : result.series) {
        model::LabelsBuilder labels;
        if (match_by.empty()) {
            labels.reset(series.labels.view());
            labels.erase(model::METRIC_NAME);
        }
        for (const std::string& name : match_by)
            labels.set(name, series.labels.get(name));
        std::vector<double>& values = out.try_emplace(labels.build().bytes(), grid.count, NAN).first->second;
        for (size_t i = 0; i < series.samples.size(); ++i) {
            const auto place = static_cast<size_t>((series.samples.times_ms[i] - grid.start_ms) / grid.step_ms);
            const double value = series.samples.values[i];
            if (place >= grid.count || (condition.split && std::isnan(value))) continue;
            double& at = values[place];
            at = std::isnan(at) ? value : condition.split ? condition.worse(at, value) : std::max(at, value);
        }
    }
    return out;
}

Result<std::map<std::string, int64_t>> bad_since(const PastQuestion& question, const AskRange& ask) {
    std::map<std::string, int64_t> out;
    if (gives_where_nothing_is(*question.condition.whole)) return out;
    std::map<std::string, int64_t> steps_bad;
    for (const std::string& key : question.bad)
        steps_bad.emplace(key, 0);
    std::set<std::string> open = question.bad;
    const int64_t step_ms = question.step_ms;
    const int64_t steps = (question.definition.for_ms + step_ms - 1) / step_ms;
    for (int64_t done = 0; done < steps && !open.empty(); done += CHUNK_STEPS) {
        Grid grid{.start_ms = 0, .step_ms = step_ms, .count = static_cast<size_t>(std::min(CHUNK_STEPS, steps - done))};
        const int64_t end_ms = question.at_ms - (done + 1) * step_ms;
        grid.start_ms = end_ms - static_cast<int64_t>(grid.count - 1) * step_ms;
        const promql::QueryResult result = TRY(ask({.start_ms = grid.start_ms, .end_ms = end_ms, .step_ms = step_ms}));
        const auto values = values_on_grid(result, question.condition, question.definition.match_by, grid);
        std::vector<bool> there(grid.count);
        for (const auto& [key, column] : values)
            for (size_t i = 0; i < grid.count; ++i)
                if (!std::isnan(column[i])) there[i] = true;
        for (auto at = open.begin(); at != open.end();) {
            const auto column = values.find(*at);
            bool ended = false;
            for (size_t i = grid.count; i-- > 0 && !ended;) {
                const Said what = said(column == values.end() ? NAN : column->second[i], there[i], question);
                ended = what == Said::not_bad;
                if (what == Said::bad) ++steps_bad[*at];
            }
            at = ended ? open.erase(at) : std::next(at);
        }
    }
    for (const auto& [key, count] : steps_bad)
        if (count > 0) out.emplace(key, question.at_ms - count * step_ms);
    return out;
}

}  // namespace belfry::alarm
