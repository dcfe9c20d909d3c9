#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace belfry::alarm {

enum class Level { warmup, normal, weak, strong };
[[nodiscard]] std::string_view to_string(Level level);  // "MODEL_WARMUP", "NORMAL", "WEAK", "STRONG"
/// As a metric: -1 while a model warms up, 0, 1, 2.
[[nodiscard]] double level_value(Level level);

/// Which side of what is expected is of interest.
enum class Tail { two, right, left };
[[nodiscard]] std::optional<Tail> parse_tail(std::string_view text);
[[nodiscard]] std::string_view to_string(Tail tail);  // "two", "right", "left"

/// Limits around what is expected; infinite where there is none.
struct Bands {
    double lower_strong = 0;
    double lower_weak = 0;
    double upper_weak = 0;
    double upper_strong = 0;
};

/// What a detector says of one value.
struct Verdict {
    Level level = Level::warmup;
    double expected = 0;  // NaN where nothing is
    Bands bands;
    double score = 0;  // 0: as expected; 1: at the strong limit
};

/// By plain comparison with the limits of the sides that count; `score` is the distance from `expected` in parts of
/// that to the strong limit.
[[nodiscard]] Verdict judge(double value, double expected, const Bands& bands, Tail tail);

}  // namespace belfry::alarm
