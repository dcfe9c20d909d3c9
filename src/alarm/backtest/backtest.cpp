#include "alarm/backtest/backtest.h"

namespace belfry::alarm {

uint64_t BacktestRun::times() const {
    uint64_t out = 0;
    for (const BacktestSegment& s : segments)
        out += s.state == model::AlarmState::alarm ? 1 : 0;
    return out;
}

int64_t BacktestRun::total_ms() const {
    int64_t out = 0;
    for (const BacktestSegment& s : segments)
        out += s.state == model::AlarmState::alarm ? s.to_ms - s.from_ms : 0;
    return out;
}

Result<Backtest> backtest(const BacktestParts& parts, const BacktestRequest& request, query::Budget& budget) {
    if (request.range.from_ms >= request.range.to_ms) return make_error(Code::invalid, "from_ms is before to_ms");
    if (request.also.size() > BACKTEST_THRESHOLDS_MAX)
        return make_error(Code::invalid, "also has at most {} thresholds", BACKTEST_THRESHOLDS_MAX);
    return request.definition.language == catalog::AlarmLanguage::promql ? backtest_query(parts, request, budget)
                                                                         : backtest_threshold(parts, request, budget);
}

}  // namespace belfry::alarm
