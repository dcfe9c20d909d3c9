#pragma once

#include "query/promql/fn.h"

namespace belfry::promql {

enum class RateKind { rate, increase, delta };

/// What a window's first and last sample are for the extrapolation: their times, and of a counter where it began and
/// how much it grew (of a histogram: its count).
struct Sampled {
    int64_t first_ms = 0;
    int64_t last_ms = 0;
    size_t count = 0;
    double begin = 0;
    double growth = 0;
    int64_t zero_ms = 0;  // when the counter is known to have been 0 inside the window; 0: not known
};

/// By how much the growth over the samples is stretched to the window's edges, where the series seems to go on; of a
/// rate also by the seconds of the window.
[[nodiscard]] double rate_stretch(RateKind kind, int64_t window_start_ms, int64_t window_end_ms, const Sampled& s);

void note_if_not_counter(const RangeCall& call, const Cells& out);

}  // namespace belfry::promql
