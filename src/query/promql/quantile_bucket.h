#pragma once

#include <vector>

namespace belfry::promql {

/// A classic histogram's bucket: how many observations were at most `upper`.
struct Bucket {
    double upper = 0;
    double count = 0;
};

/// The estimated q-quantile of cumulative buckets (ascending, bounds distinct, the last +Inf). Counts that fall are
/// raised; `forced` becomes true when that was more than rounding.
[[nodiscard]] double bucket_quantile(double q, std::vector<Bucket>& buckets, bool& forced);

/// The estimated share of observations in (lower, upper].
[[nodiscard]] double bucket_fraction(double lower, double upper, const std::vector<Bucket>& buckets);

}  // namespace belfry::promql
