#pragma once

#include "model/sample.h"

#include <optional>
#include <span>

namespace belfry::alarm {

/// A straight line through noisy points: the median of the slopes of all pairs (Theil and Sen), so that a burst does
/// not turn it. `level` is at the time of the last point.
struct Trend {
    double level = 0;
    double slope_per_s = 0;
};
/// Nothing with fewer than 3 points, or when all are at one time. Times ascend.
[[nodiscard]] std::optional<Trend> robust_trend(std::span<const model::Sample> points);
/// Double exponential smoothing (Holt), for trends that turn: the newest count most.
[[nodiscard]] std::optional<Trend> smoothed_trend(std::span<const model::Sample> points, double alpha, double beta);
/// Seconds until the line reaches the limit: 0 when it is there, infinite when it never will.
[[nodiscard]] double seconds_until(const Trend& trend, double limit, bool rising);

}  // namespace belfry::alarm
