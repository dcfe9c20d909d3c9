#include "alarm/anomaly/until.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace belfry::alarm {
namespace {

double median(std::vector<double>& v) {
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    if (v.size() % 2 == 1) return *middle;
    return (*std::max_element(v.begin(), middle) + *middle) / 2;
}

}  // namespace

std::optional<Trend> robust_trend(std::span<const model::Sample> points) {
    if (points.size() < 3) return std::nullopt;
    std::vector<double> slopes;
    slopes.reserve(points.size() * (points.size() - 1) / 2);
    for (size_t i = 0; i < points.size(); ++i)
        for (size_t k = i + 1; k < points.size(); ++k)
            if (points[k].time_ms > points[i].time_ms)
                slopes.push_back((points[k].value - points[i].value) * 1e3 /
                                 static_cast<double>(points[k].time_ms - points[i].time_ms));
    if (slopes.empty()) return std::nullopt;
    Trend out;
    out.slope_per_s = median(slopes);
    std::vector<double> levels;
    const int64_t last_ms = points.back().time_ms;
    for (const model::Sample& p : points)
        levels.push_back(p.value + out.slope_per_s * static_cast<double>(last_ms - p.time_ms) / 1e3);
    out.level = median(levels);
    return out;
}

std::optional<Trend> smoothed_trend(std::span<const model::Sample> points, double alpha, double beta) {
    if (points.size() < 3) return std::nullopt;
    double level = points[0].value;
    double slope = 0;
    bool first = true;
    for (size_t i = 1; i < points.size(); ++i) {
        const double s = static_cast<double>(points[i].time_ms - points[i - 1].time_ms) / 1e3;
        if (!(s > 0)) continue;
        if (first) {
            slope = (points[i].value - level) / s;
            level = points[i].value;
            first = false;
            continue;
        }
        const double before = level;
        level = alpha * points[i].value + (1 - alpha) * (level + slope * s);
        slope = beta * (level - before) / s + (1 - beta) * slope;
    }
    if (first) return std::nullopt;
    return Trend{.level = level, .slope_per_s = slope};
}

double seconds_until(const Trend& trend, double limit, bool rising) {
    const double way = rising ? limit - trend.level : trend.level - limit;
    const double speed = rising ? trend.slope_per_s : -trend.slope_per_s;
    if (way <= 0) return 0;
    return speed > 0 ? way / speed : std::numeric_limits<double>::infinity();
}

}  // namespace belfry::alarm
