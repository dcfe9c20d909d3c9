#pragma once

#include "alarm/anomaly/monitor_book.h"
#include "base/clock.h"
#include "catalog/changes.h"
#include "http/router.h"
#include "query/budget.h"

namespace belfry::api {

/// /api/v1/belfry/anomaly-monitors: what watches for anomalies, how it does, and what it would have said. All outlive
/// the router.
struct AnomalyApi {
    const alarm::MonitorBook& book;
    const promql::Engine& engine;
    query::BudgetLimits limits;  // of a preview
    Clock& clock;
    catalog::Catalog& catalog;
    catalog::Changes& changes;
};
void add_anomaly_routes(http::Router& router, const AnomalyApi& api);

}  // namespace belfry::api
