#pragma once

#include "alarm/anomaly/detector.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace belfry::alarm {

using History = std::vector<std::optional<double>>;  // evenly spaced; nothing where a value is missing

/// The length of the season in values, by the autocorrelation of the history less its straight line; 0 when there is
/// none. Long histories are looked at in means of neighbours, and then finely around what was found.
[[nodiscard]] size_t find_cycle(const History& history);

/// What the forecasts of a detector were worth: the root of the mean squared error, over the second half of the
/// history. Infinite when it made none there.
[[nodiscard]] double forecast_error(const DetectorSpec& spec, size_t cycle, const History& history);

struct Choice {
    DetectorSpec spec;
    size_t cycle = 0;
    std::vector<std::pair<std::string, double>> errors;  // of all that were tried, best first
};
/// The forecasting detector whose errors over the history were smallest, with the numbers of `wish` that it knows. Of
/// those within a hundredth of each other the simplest.
[[nodiscard]] Choice choose_detector(const DetectorSpec& wish, const History& history);
/// `choose_detector` for auto; else the wish itself with the cycle that it or the history says.
[[nodiscard]] Choice settle_detector(const DetectorSpec& wish, const History& history);

}  // namespace belfry::alarm
