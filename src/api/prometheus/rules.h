#pragma once

#include "alarm/rules/rule_book.h"
#include "http/router.h"

namespace belfry::api {

/// Prometheus' /rules and /alerts under /api/v1 and /prometheus/api/v1, and Belfry's own view of them with the errors
/// of the last reading at /api/v1/belfry/rules. `book` outlives the router.
void add_rule_routes(http::Router& router, const alarm::RuleBook& book, const Clock& clock);

}  // namespace belfry::api
