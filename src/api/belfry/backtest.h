#pragma once

#include "alarm/backtest/backtest.h"
#include "base/clock.h"
#include "http/router.h"
#include "query/budget.h"

namespace belfry::api {

/// POST /api/v1/belfry/alarm-definitions/backtest: when would a definition have rung. What `parts` names outlives the
/// router.
struct BacktestApi {
    alarm::BacktestParts parts;
    query::BudgetLimits limits;  // of one play
    Clock& clock;
};
void add_backtest_routes(http::Router& router, const BacktestApi& api);

}  // namespace belfry::api
