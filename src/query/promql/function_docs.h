#pragma once

#include "query/function_doc.h"

#include <vector>

namespace belfry::promql {

/// All functions and aggregation operators, by name.
[[nodiscard]] std::vector<query::FunctionDoc> function_docs();

}  // namespace belfry::promql
