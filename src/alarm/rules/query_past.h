#pragma once

#include "alarm/rules/query_run.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace belfry::alarm {

/// Times that stand evenly.
struct Grid {
    int64_t start_ms = 0;
    int64_t step_ms = 0;
    size_t count = 0;
};
/// The values of every alarm on a grid, by the bytes of its labels; NaN where there is none: series or, with
/// `match_by`, the worst of a group.
[[nodiscard]] std::map<std::string, std::vector<double>> values_on_grid(const promql::QueryResult& result,
                                                                        const Condition& condition,
                                                                        const std::vector<std::string>& match_by,
                                                                        const Grid& grid);

/// Since when alarms that are bad at one time have been, as far as stored samples say.
struct PastQuestion {
    const catalog::AlarmDefinition& definition;
    const Condition& condition;
    int64_t step_ms = 0;
    int64_t at_ms = 0;
    std::set<std::string> bad;  // by the bytes of their labels
};
using AskRange = std::function<Result<promql::QueryResult>(const promql::QueryRange& times)>;
/// Goes back from `at_ms`, for as long as the definition's `for` at most, to where an alarm was not bad. Times at which
/// nothing at all is known are those at which nobody looked: they are passed over and do not count as waited. What is
/// said of an expression that gives something where samples are missing would be made up: nothing is.
[[nodiscard]] Result<std::map<std::string, int64_t>> bad_since(const PastQuestion& question, const AskRange& ask);

}  // namespace belfry::alarm
