#pragma once

#include "query/promql/eval_histogram.h"
#include "query/promql/fn.h"

namespace belfry::promql {

/// A sample of a window that may hold both kinds: exactly one of the two.
struct MixedSample {
    int64_t time_ms = 0;
    double value = 0;
    const model::Histogram* histogram = nullptr;
    HistogramPtr owner;  // of an interpolated histogram
    int64_t start_ms = 0;
    [[nodiscard]] SampleTimes times() const { return {time_ms, start_ms}; }
};

/// Was a counter reset between the two histograms: by what they count, or by what they say of their start?
[[nodiscard]] bool is_reset_between(const MixedSample& before, const MixedSample& now);

/// Calls `f(i, samples)` for every step whose window holds something: the samples of both kinds, ascending. With
/// `before_ms` / `after_ms` windows reach that much further to the left / right.
void slide_mixed(const RangeCall& call, const RangeSeries& series, int64_t before_ms, int64_t after_ms,
                 const std::function<void(size_t i, std::span<const MixedSample>)>& f);

/// The growth over these histograms (resets corrected when it is a counter), a gauge; null with a warning when they do not
/// go together. At least two; one is enough `from_zero`: when the first one grew from nothing, too.
[[nodiscard]] HistogramPtr histogram_growth(const RangeCall& call, std::span<const MixedSample> samples, bool counter, bool from_zero);

/// The same for anchored and smoothed windows: `edged` are the samples with the first and last one replaced by what is
/// interpolated at the window's edges. Interpolation across a reset has corrected that reset already.
[[nodiscard]] HistogramPtr edged_growth(const RangeCall& call, std::span<const MixedSample> samples, std::span<const MixedSample> edged,
                                        bool counter);

void warn_starts_overlap(const RangeCall& call);
void warn_mixed_kinds(const RangeCall& call);
void warn_mixed_schemas(const RangeCall& call);
void warn_not_counter(const RangeCall& call);
void warn_not_gauge(const RangeCall& call);
void note_reconciled(const RangeCall& call, std::string_view during);

}  // namespace belfry::promql
