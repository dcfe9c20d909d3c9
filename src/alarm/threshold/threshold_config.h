#pragma once

#include <cstdint>

namespace belfry::alarm {

/// What an alarm's expression may ask for; past it a definition is refused with the name of the key.
struct ExpressionLimits {
    uint64_t bytes_max = 4'096;                 // of its text
    uint64_t subs_max = 100;                    // comparisons: each is a window an alarm
    uint64_t times_max = 1'000;                 // slots a window: 16 bytes each
    int64_t period_ms_max = 31 * 86'400'000LL;  // of a slot
};

}  // namespace belfry::alarm
