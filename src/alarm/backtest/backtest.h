#pragma once

#include "alarm/threshold/threshold_config.h"
#include "base/result.h"
#include "catalog/alarm_definition.h"
#include "model/alarm.h"
#include "model/sample.h"
#include "query/metric_source.h"
#include "query/promql/engine.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace belfry::alarm {

/// When would it have rung? A definition, over what is stored, with its threshold and with others.
struct BacktestRequest {
    catalog::AlarmDefinition definition;
    model::TimeRange range;
    std::vector<double> also;  // other thresholds; only where the expression is one comparison with a number
};

/// A time in one state, the worst of all alarms.
struct BacktestSegment {
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    model::AlarmState state = model::AlarmState::ok;
    std::string reason;  // of the first alarm that made it so
};

struct BacktestRun {
    std::optional<double> threshold;        // nothing: the expression has no single one
    uint64_t rings = 0;                     // of all alarms: each time one went to ALARM
    std::vector<BacktestSegment> segments;  // one after the other, without holes

    [[nodiscard]] uint64_t times() const;    // segments in ALARM
    [[nodiscard]] int64_t total_ms() const;  // in ALARM
};

struct Backtest {
    model::TimeRange range;  // that was played: shorter than asked when it was too much
    size_t series = 0;
    size_t alarms = 0;
    bool complete = true;
    std::string why;                // it is not
    std::vector<BacktestRun> runs;  // the definition's own threshold first
};

inline constexpr size_t BACKTEST_THRESHOLDS_MAX = 20;
inline constexpr size_t BACKTEST_SEGMENTS_MAX = 10'000;  // of one run; then the play ends and says so

struct BacktestParts {
    const promql::Engine& engine;
    const query::MetricSource& source;
    ThresholdConfig threshold;
};
/// `invalid` for what is wrong with the request. What passes the budget ends the play early: not `complete`.
[[nodiscard]] Result<Backtest> backtest(const BacktestParts& parts,
                                        const BacktestRequest& request,
                                        query::Budget& budget);

// One a language.
[[nodiscard]] Result<Backtest> backtest_query(const BacktestParts& parts,
                                              const BacktestRequest& request,
                                              query::Budget& budget);
[[nodiscard]] Result<Backtest> backtest_threshold(const BacktestParts& parts,
                                                  const BacktestRequest& request,
                                                  query::Budget& budget);

}  // namespace belfry::alarm
