#include "query/promql/eval_histogram.h"

namespace belfry::promql {

HistogramPtr scaled_histogram(const model::Histogram& histogram, double factor) {
    auto out = std::make_shared<model::Histogram>(histogram);
    out->zero_count *= factor;
    out->count *= factor;
    out->sum *= factor;
    for (double& bucket : out->positive_buckets) bucket *= factor;
    for (double& bucket : out->negative_buckets) bucket *= factor;
    if (factor < 0) out->reset_hint = model::Histogram::ResetHint::gauge;
    return out;
}

std::string describe_histogram(const model::Histogram& histogram) {
    return fmt::format("{{count:{}, sum:{}}}", histogram.count, histogram.sum);
}

}  // namespace belfry::promql
