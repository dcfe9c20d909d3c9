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
};

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

  protected:
    Grid grid_;
    ReferenceTime reference_;
    int64_t range_ms_;
    std::vector<Rows::Head> heads_;
};
using RangeRowsPtr = std::unique_ptr<RangeRows>;

}  // namespace belfry::promql
