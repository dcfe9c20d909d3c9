#pragma once

#include "query/promql/value.h"

#include <string>

namespace belfry::promql {

/// Every count and the sum times `factor`; a gauge afterwards.
[[nodiscard]] HistogramPtr scaled_histogram(const model::Histogram& histogram, double factor);

/// `{count:20, sum:10, [-2,-1):2, (0.5,1]:1}`: how a histogram is written into a label.
[[nodiscard]] std::string describe_histogram(const model::Histogram& histogram);

}  // namespace belfry::promql
