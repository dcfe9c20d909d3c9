#include "alarm/anomaly/verdict.h"

#include <array>
#include <cmath>
#include <limits>

namespace belfry::alarm {
namespace {

constexpr std::array<std::string_view, 4> LEVELS = {"MODEL_WARMUP", "NORMAL", "WEAK", "STRONG"};
constexpr std::array<std::string_view, 3> TAILS = {"two", "right", "left"};
constexpr double SCORE_MAX = 1e6;  // a value far off a band without width is no infinite alarm

}  // namespace

std::string_view to_string(Level level) {
    return LEVELS[static_cast<size_t>(level)];
}
double level_value(Level level) {
    return static_cast<double>(level) - 1;
}
std::string_view to_string(Tail tail) {
    return TAILS[static_cast<size_t>(tail)];
}
std::optional<Tail> parse_tail(std::string_view text) {
    for (size_t i = 0; i < TAILS.size(); ++i)
        if (TAILS[i] == text) return static_cast<Tail>(i);
    return std::nullopt;
}

Verdict judge(double value, double expected, const Bands& bands, Tail tail) {
    Verdict out{.level = Level::normal, .expected = expected, .bands = bands, .score = 0};
    constexpr double NONE = std::numeric_limits<double>::infinity();
    if (tail == Tail::right) out.bands.lower_strong = out.bands.lower_weak = -NONE;
    if (tail == Tail::left) out.bands.upper_strong = out.bands.upper_weak = NONE;
    if (value > out.bands.upper_strong || value < out.bands.lower_strong)
        out.level = Level::strong;
    else if (value > out.bands.upper_weak || value < out.bands.lower_weak)
        out.level = Level::weak;
    const double limit = value >= expected ? out.bands.upper_strong : out.bands.lower_strong;
    const double width = std::fabs(limit - expected);
    const double distance = std::fabs(value - expected);
    if (std::isfinite(width) && distance > 0) out.score = width > 0 ? std::min(distance / width, SCORE_MAX) : SCORE_MAX;
    return out;
}

}  // namespace belfry::alarm
