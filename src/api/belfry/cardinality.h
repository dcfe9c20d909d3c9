#pragma once

#include "base/clock.h"
#include "http/router.h"
#include "model/cardinality.h"

#include <functional>
#include <string_view>

namespace belfry::api {

/// Rows of a list at most.
inline constexpr size_t CARDINALITY_ROWS_MAX = 500;

using CardinalitySource = std::function<model::CardinalityReport(std::string_view tenant, size_t limit)>;

/// GET /api/v1/belfry/cardinality?limit=20: from counters, so it answers also while a limit refuses new series.
void add_cardinality_routes(http::Router& router, const Clock& clock, CardinalitySource source);

}  // namespace belfry::api
