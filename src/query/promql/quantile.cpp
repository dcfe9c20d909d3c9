#include "query/promql/quantile.h"

namespace belfry::promql {

double quantile(double q, std::vector<double>& values) {
    if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
    if (q < 0) return -std::numeric_limits<double>::infinity();
    if (q > 1) return std::numeric_limits<double>::infinity();
    const double rank = q * static_cast<double>(values.size() - 1);
    const auto lower = static_cast<size_t>(std::max(0.0, std::floor(rank)));
    const double weight = rank - std::floor(rank);
    const auto before = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(lower);
    std::nth_element(values.begin(), at, values.end(), before);
    const double low = *at;
    const double high = lower + 1 < values.size() ? *std::min_element(at + 1, values.end(), before) : low;
    return low * (1 - weight) + high * weight;
}

}  // namespace belfry::promql
