#pragma once

#include "query/promql/ast.h"

#include <string>

namespace belfry::api {

/// The tree of a query as JSON, in the shape of Prometheus' /api/v1/parse_query.
[[nodiscard]] std::string parse_tree_json(const promql::Expr& expr);

}  // namespace belfry::api
