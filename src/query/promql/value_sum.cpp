#include "query/promql/value_sum.h"

namespace belfry::promql {
namespace {

constexpr size_t LANES = 4;

// Knuth's branch-free form of the same error term; wrong (NaN) once the sum overflows, which the caller checks.
void add_exact(double& sum, double& lost, double value) {
    const double next = sum + value;
    const double part = next - sum;
    lost += (sum - (next - part)) + (value - part);
    sum = next;
}

CompensatedSum sum_in_order(const double* values, size_t count) {
    CompensatedSum sum;
    for (size_t i = 0; i < count; i++) sum.add(values[i]);
    return sum;
}

}  // namespace

CompensatedSum sum_of(const double* values, size_t count) {
    if (count < 2 * LANES) return sum_in_order(values, count);
    double sums[LANES] = {};
    double lost[LANES] = {};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) add_exact(sums[lane], lost[lane], values[i + lane]);
    CompensatedSum total;
    for (size_t lane = 0; lane < LANES; lane++) {
        total.add(sums[lane]);
        total.lost += lost[lane];
    }
    for (; i < count; i++) total.add(values[i]);
    // Infinities and overflow depend on the order: take the plain way for the exact answer.
    if (!std::isfinite(total.sum) || !std::isfinite(total.lost)) return sum_in_order(values, count);
    return total;
}

double mean_of(const double* values, size_t count) { return mean_of(sum_of(values, count), values, count); }

double mean_of(const CompensatedSum& sum, const double* values, size_t count) {
    const auto n = static_cast<double>(count);
    if (!std::isinf(sum.sum)) return sum.sum / n + sum.lost / n;
    // The sum has overflowed (or an input is infinite): sum until then, from there on by running means.
    CompensatedSum mean;
    bool running = false;
    for (size_t i = 0; i < count; i++) {
        const auto seen = static_cast<double>(i + 1);
        if (!running) {
            CompensatedSum next = mean;
            next.add(values[i]);
            if (!std::isinf(next.sum)) {
                mean = next;
                continue;
            }
            running = true;
            if (i > 0) {
                mean.sum /= static_cast<double>(i);
                mean.lost /= static_cast<double>(i);
            }
        }
        const double share = static_cast<double>(i) / seen;
        CompensatedSum next{share * mean.sum, share * mean.lost};
        next.add(values[i] / seen);
        mean = next;
    }
    if (!running) return mean.sum / n + mean.lost / n;
    return mean.value();
}

}  // namespace belfry::promql
