#pragma once

#include "alarm/anomaly/verdict.h"

#include <cstdint>
#include <optional>

namespace belfry::alarm {

/// The band around what is expected. One of four rules.
class Interval {
  public:
    enum class Kind {
        welford,         // multiples of the exponentially weighted deviation of what was wrong before
        additive,        // so many units away
        multiplicative,  // so many parts of what is expected away
        power_law,       // multiples of alpha * expected ^ beta
    };
    struct Options {
        Kind kind = Kind::welford;
        double weak = 3;
        double strong = 4;
        double alpha = 0.15;   // of welford: the weight of the newest; of power_law: the factor
        double beta = 0.5;     // of power_law: the exponent
        uint32_t warmup = 30;  // of welford: values before a band is known
    };
    explicit Interval(const Options& options) : options_(options) {}
    /// Nothing while too little is known.
    [[nodiscard]] std::optional<Bands> around(double expected) const;
    void learn(double value, double expected);
    [[nodiscard]] double variance() const { return variance_; }

  private:
    const Options options_;
    double variance_ = 0;
    uint32_t count_ = 0;
};

}  // namespace belfry::alarm
