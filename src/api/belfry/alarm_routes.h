#pragma once

#include "alarm/desk/definitions.h"
#include "alarm/desk/desk.h"
#include "base/clock.h"
#include "base/counter.h"
#include "catalog/alarm_store.h"
#include "catalog/catalog.h"
#include "http/router.h"
#include "query/budget.h"
#include "query/promql/engine.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

/// A message about an alarm to one method.
struct NotifiedFacts {
    std::string transition_id;
    std::string method;  // its name
    std::string type;
    int64_t at_ms = 0;
    std::string status;  // sent, failed, pending, silenced
    std::string detail;
};

struct NotifiedQuery {
    std::string tenant;
    std::string alarm_id;
    size_t limit = 0;
};

/// What the resources of alarms stand on; all outlive the router.
struct AlarmApiParts {
    Clock& clock;
    const catalog::AlarmStore& store;
    const catalog::Catalog& catalog;
    alarm::Desk& desk;
    alarm::Definitions& definitions;
    const promql::Engine& engine;  // previews
    query::BudgetLimits limits;
    /// The value that decides an alarm, as it is now; may be empty, and so may what follows.
    std::function<std::optional<double>(const model::Alarm&)> value_now;
    std::function<std::string(const model::Alarm&)> sub_alarms_now;            // JSON, "" when unknown
    std::function<std::vector<NotifiedFacts>(const NotifiedQuery&)> notified;  // newest first
};

/// /api/v1/belfry/alarms and /api/v1/belfry/alarm-definitions.
void add_alarm_routes(http::Router& router, const AlarmApiParts& parts);

// One file each.
void add_alarm_list_routes(http::Router& router, const AlarmApiParts& parts);
void add_alarm_strip_routes(http::Router& router, const AlarmApiParts& parts);
void add_alarm_detail_routes(http::Router& router, const AlarmApiParts& parts);
void add_alarm_change_routes(http::Router& router, const AlarmApiParts& parts);
void add_alarm_definition_routes(http::Router& router, const AlarmApiParts& parts);
void add_alarm_check_routes(http::Router& router, const AlarmApiParts& parts);

}  // namespace belfry::api
