#pragma once

#include "alarm/anomaly/verdict.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace belfry::alarm {

/// Sums what goes beyond a target, less a slack: small shifts that last are found (control chart after Page). The
/// deviation is the mean moving range over 1.128 while it warms up.
class Cusum {
  public:
    struct Options {
        std::optional<double> target;  // nothing: the mean of the warm-up
        double slack = 0.5;            // deviations
        double weak = 3;
        double strong = 4;
        uint32_t warmup = 25;
    };
    explicit Cusum(const Options& options) : options_(options) {}
    [[nodiscard]] Verdict see(double value, Tail tail);

  private:
    const Options options_;
    uint32_t count_ = 0;
    double last_ = 0;
    double range_sum_ = 0;
    double sum_ = 0;
    double high_ = 0;  // sums of what is too high and too low, both positive
    double low_ = 0;
};

/// Single values and their moving ranges against limits that are computed anew every 100 values (chart of individuals,
/// XmR).
class Individuals {
  public:
    struct Options {
        double strong = 3;  // deviations
        uint32_t warmup = 30;
        uint32_t limits_every = 100;
    };
    explicit Individuals(const Options& options) : options_(options) {}
    [[nodiscard]] Verdict see(double value, Tail tail);

  private:
    void set_limits();
    const Options options_;
    uint64_t count_ = 0;
    double last_ = 0;
    double sum_ = 0;
    double range_sum_ = 0;
    double mean_ = 0;
    double mean_range_ = 0;
};

/// Whether the last values have a break in their level: the split with the greatest weighted distance of medians,
/// against the same of shuffled values (E-divisive with medians, exact variant; James, Kejariwal and Matteson 2014).
class Breakout {
  public:
    struct Options {
        uint32_t delta = 6;    // the least on each side
        uint32_t buffer = 15;  // values that are looked at
        uint32_t permutations = 99;
        double alpha_strong = 0.01;
        double alpha_weak = 0.05;
    };
    explicit Breakout(const Options& options) : options_(options) {}
    [[nodiscard]] Verdict see(double value, Tail tail);

    struct Split {
        size_t at = 0;  // of the first value behind it
        double statistic = 0;
        double before = 0;  // medians
        double after = 0;
    };
    [[nodiscard]] static Split best_split(const std::vector<double>& values, size_t delta);
    /// The share of shuffles that look as broken, itself counted in.
    [[nodiscard]] static double p_value(const std::vector<double>& values, const Split& split, const Options& options);

  private:
    const Options options_;
    std::deque<double> last_;
};

}  // namespace belfry::alarm
