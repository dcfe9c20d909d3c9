#pragma once

#include <cmath>
#include <cstddef>

namespace belfry::promql {

/// A sum that keeps what rounding loses (Kahan's, with Neumaier's exchange): many small values beside a big one survive.
struct CompensatedSum {
    double sum = 0;
    double lost = 0;

    void add(double value) {
        const double next = sum + value;
        if (std::isinf(next)) lost = 0;
        else if (std::fabs(sum) >= std::fabs(value)) lost += (sum - next) + value;
        else lost += (value - next) + sum;
        sum = next;
    }
    void add(const CompensatedSum& other) {
        add(other.sum);
        lost += other.lost;
    }
    [[nodiscard]] double value() const { return std::isinf(sum) ? sum : sum + lost; }
};

/// The compensated sum of `count` values. Long inputs run in four lanes, because one lane is bound by the latency of its
/// additions (4 ns a value; four lanes 1 ns).
[[nodiscard]] CompensatedSum sum_of(const double* values, size_t count);

/// Their mean without overflow: when the sum is too large for a double, by running means.
[[nodiscard]] double mean_of(const double* values, size_t count);
/// The same when the compensated sum is known already.
[[nodiscard]] double mean_of(const CompensatedSum& sum, const double* values, size_t count);

}  // namespace belfry::promql
