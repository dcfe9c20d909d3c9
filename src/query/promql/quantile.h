#pragma once

#include <vector>

namespace belfry::promql {

/// The q-quantile by linear interpolation between ranks; NaN without values, -Inf below 0 and +Inf above 1. NaN values
/// sort first. Reorders `values`.
[[nodiscard]] double quantile(double q, std::vector<double>& values);

}  // namespace belfry::promql
