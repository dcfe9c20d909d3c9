#pragma once

#include "query/promql/value.h"

namespace belfry::promql {

/// The time a selector speaks of at an evaluation time: with `@` a fixed one, and the offset back from it.
struct ReferenceTime {
    int64_t offset_ms = 0;
    bool fixed = false;
    int64_t fixed_ms = 0;
    [[nodiscard]] int64_t of(int64_t eval_ms) const { return (fixed ? fixed_ms : eval_ms) - offset_ms; }
};

/// The samples of one series, ascending; floats and histograms apart. Views into the reader or into a table.
struct RangeSeries {
    std::span<const int64_t> times;
    std::span<const double> values;
    std::span<const int64_t> histogram_times;
    std::span<const HistogramPtr> histograms;
    // Empty when no start time is known, else as long as the times beside them; 0: unknown.
    std::span<const int64_t> starts = {};
    std::span<const int64_t> histogram_starts = {};
};

/// When a sample was taken and since when it counts (0: unknown).
struct SampleTimes {
    int64_t at_ms = 0;
    int64_t start_ms = 0;
};

/// Does the start time of `now` say that the counter began anew after `before`? A start at the very time of the sample before
/// is a delta's, unless that one did not know its own start (OpenTelemetry's form of an unknown one: its own time).
[[nodiscard]] inline bool starts_anew(SampleTimes before, SampleTimes now) {
    if (now.start_ms == 0 || now.start_ms >= now.at_ms) return false;
    if (now.start_ms > before.at_ms) return true;
    return now.start_ms == before.at_ms && before.start_ms != 0 && before.start_ms < before.at_ms;
}
/// Do the times that the two count for overlap? Senders that count twice do that.
[[nodiscard]] inline bool starts_overlap(SampleTimes before, SampleTimes now) {
    return now.start_ms != 0 && now.start_ms < before.at_ms && now.start_ms != before.start_ms;
}
/// Did the counter start inside the window that begins (left-open) at `window_start_ms`, before its first sample? Then it
/// was 0 at that time.
[[nodiscard]] inline bool starts_inside(int64_t window_start_ms, SampleTimes first) {
    return first.start_ms != 0 && first.start_ms > window_start_ms && first.start_ms < first.at_ms;
}

/// Series of a range vector: all samples any window of the grid can want, read once a series. A window of evaluation time
/// t is the left-open (reference(t) - range_ms, reference(t)].
class RangeRows {
  public:
    RangeRows(const Grid& grid, ReferenceTime reference, int64_t range_ms)
        : grid_(grid), reference_(reference), range_ms_(range_ms) {}
    virtual ~RangeRows() = default;
    RangeRows(const RangeRows&) = delete;
    RangeRows& operator=(const RangeRows&) = delete;

    [[nodiscard]] const Grid& grid() const { return grid_; }
    [[nodiscard]] const ReferenceTime& reference() const { return reference_; }
    [[nodiscard]] int64_t range_ms() const { return range_ms_; }
    [[nodiscard]] size_t count() const { return heads_.size(); }
    [[nodiscard]] std::span<const Rows::Head> heads() const { return heads_; }
    [[nodiscard]] virtual size_t cost() const = 0;
    /// `out` is valid until the reader's next read.
    [[nodiscard]] virtual Status read(size_t row, Reader& reader, RangeSeries& out) const = 0;
    /// False: there are none, `read` has it all. Only rows that were made for a function of records have some.
    [[nodiscard]] virtual Result<bool> read_records(size_t, Reader&) const { return false; }

  protected:
    Grid grid_;
    ReferenceTime reference_;
    int64_t range_ms_;
    std::vector<Rows::Head> heads_;
};
using RangeRowsPtr = std::unique_ptr<RangeRows>;

}  // namespace belfry::promql
