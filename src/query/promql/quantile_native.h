#pragma once

#include "model/histogram.h"

namespace belfry::promql {

/// What NaN observations (the sum is NaN then) did to a result.
enum class NanObservations { none, result_is_nan, result_is_higher, excluded };

/// The estimated q-quantile of a native histogram.
[[nodiscard]] double native_quantile(double q, const model::Histogram& histogram, NanObservations& nans);
/// The estimated share of observations in (lower, upper].
[[nodiscard]] double native_fraction(double lower, double upper, const model::Histogram& histogram, NanObservations& nans);
/// The estimated variance of the observations.
[[nodiscard]] double native_variance(const model::Histogram& histogram);

}  // namespace belfry::promql
