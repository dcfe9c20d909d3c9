#pragma once

#include "model/histogram.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace belfry::model {

/// The NaN that says "this series has ended here"; never shown, never counted as a value.
inline constexpr uint64_t STALE_NAN_BITS = 0x7ff0000000000002ULL;
[[nodiscard]] inline bool is_stale(double value) { return std::bit_cast<uint64_t>(value) == STALE_NAN_BITS; }
[[nodiscard]] inline double stale_nan() { return std::bit_cast<double>(STALE_NAN_BITS); }

struct Sample {
    int64_t time_ms = 0;
    double value = 0;
};

/// Samples of one series by column, ascending and unique in time. `histograms` is empty when all are floats, else as
/// long as `times_ms` with null where the sample is a float (the value beside a histogram is its sum, the stale marker
/// for a stale one). `start_times_ms` is empty when none is known, else as long as `times_ms`: since when a cumulative
/// sample counts, 0 where nobody said.
struct SampleColumns {
    std::vector<int64_t> times_ms;
    std::vector<double> values;
    std::vector<std::shared_ptr<const Histogram>> histograms;
    std::vector<int64_t> start_times_ms;

    [[nodiscard]] size_t size() const { return times_ms.size(); }
    [[nodiscard]] bool empty() const { return times_ms.empty(); }
    void clear() {
        times_ms.clear();
        values.clear();
        histograms.clear();
        start_times_ms.clear();
    }
};

/// Half-open [from_ms, to_ms).
struct TimeRange {
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    [[nodiscard]] bool contains(int64_t t) const { return t >= from_ms && t < to_ms; }
    [[nodiscard]] bool overlaps(TimeRange o) const { return from_ms < o.to_ms && o.from_ms < to_ms; }
    friend bool operator==(const TimeRange&, const TimeRange&) = default;
};
inline constexpr TimeRange ALL_TIMES{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};

}  // namespace belfry::model
