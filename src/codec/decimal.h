#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace belfry::codec {

/// Measured values are mostly short decimals: an integer and a power of ten say the same double in fewer bits (the idea
/// of ALP, SIGMOD 2024). `from_decimal(i, e)` is i / 10^e; a double is decimal at e when that gives back its very bits.
inline constexpr int DECIMAL_EXPONENT_MAX = 15;
inline constexpr double POWERS_OF_TEN[DECIMAL_EXPONENT_MAX + 1] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

[[nodiscard]] inline double from_decimal(int64_t integer, int exponent) {
    return static_cast<double>(integer) / POWERS_OF_TEN[exponent];
}

/// False when `value` is not decimal at this exponent (NaN, infinities and -0 never are).
[[nodiscard]] inline bool to_decimal(double value, int exponent, int64_t* integer) {
    int64_t i = 0;
    if (exponent == 0) {
        if (!(std::fabs(value) < 9.2e18)) return false;
        i = static_cast<int64_t>(value);
        *integer = i;
        return std::bit_cast<uint64_t>(static_cast<double>(i)) == std::bit_cast<uint64_t>(value);
    }
    const double scaled = value * POWERS_OF_TEN[exponent];
    if (!(std::fabs(scaled) < 0x1p51)) return false;
    // Adding and taking away 1.5 * 2^52 rounds to the nearest integer (default rounding mode, |scaled| < 2^51).
    i = static_cast<int64_t>((scaled + 0x1.8p52) - 0x1.8p52);
    *integer = i;
    return std::bit_cast<uint64_t>(from_decimal(i, exponent)) == std::bit_cast<uint64_t>(value);
}

/// The smallest exponent >= `from` at which the value is decimal; DECIMAL_EXPONENT_MAX + 1 when there is none.
[[nodiscard]] inline int smallest_exponent(double value, int from = 0) {
    int64_t ignored = 0;
    int e = from;
    while (e <= DECIMAL_EXPONENT_MAX && !to_decimal(value, e, &ignored))
        e++;
    return e;
}

}  // namespace belfry::codec
