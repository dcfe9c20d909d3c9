#include "alarm/anomaly/interval.h"

#include <algorithm>
#include <cmath>

namespace belfry::alarm {
namespace {

constexpr double NOISE = 1e-9;  // of the value: what rounding makes of a series that does not change

}  // namespace

std::optional<Bands> Interval::around(double expected) const {
    double unit = 1;
    switch (options_.kind) {
        case Kind::welford:
            if (count_ < options_.warmup) return std::nullopt;
            unit = std::max(std::sqrt(variance_), NOISE * std::fabs(expected));
            break;
        case Kind::additive: break;
        case Kind::multiplicative: unit = std::fabs(expected); break;
        case Kind::power_law: unit = options_.alpha * std::pow(std::fabs(expected), options_.beta); break;
    }
    return Bands{.lower_strong = expected - options_.strong * unit,
                 .lower_weak = expected - options_.weak * unit,
                 .upper_weak = expected + options_.weak * unit,
                 .upper_strong = expected + options_.strong * unit};
}

// The exponentially weighted variance of Finch, "Incremental calculation of weighted mean and variance", section 9.
void Interval::learn(double value, double expected) {
    ++count_;
    const double wrong = value - expected;
    variance_ = count_ == 1 ? wrong * wrong : (1 - options_.alpha) * (variance_ + options_.alpha * wrong * wrong);
}

}  // namespace belfry::alarm
