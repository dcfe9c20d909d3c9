#pragma once

#include "query/promql/value.h"
#include "query/promql/value_sum.h"

#include <string>

namespace belfry::promql {

/// One bucket of a native histogram: observations in (lower, upper] (mirrored for negative ones; the zero bucket closed).
struct NativeBucket {
    double lower = 0;
    double upper = 0;
    double count = 0;
    bool zero = false;
};

/// What an operation met that the user should hear of.
struct HistogramNotes {
    bool incompatible = false;  // exponential and custom buckets do not go together; there is no result
    bool reconciled = false;    // custom bounds differed; only the common ones were kept
    bool collision = false;     // some were just reset, others were not
};

/// A histogram under construction: by bucket index, all numbers summed with compensation. Resolution, zero bucket and
/// custom bounds give way to what all parts can express.
class HistogramBuilder {
  public:
    /// Begins with a copy.
    explicit HistogramBuilder(const model::Histogram& first, double factor = 1);
    /// Adds `factor` times the other. False when the two are incompatible (then nothing changed).
    bool add(const model::Histogram& other, double factor = 1);
    void scale(double factor);
    [[nodiscard]] bool overflowed() const;
    [[nodiscard]] const HistogramNotes& notes() const { return notes_; }
    [[nodiscard]] double count() const { return count_.value(); }
    void set_hint(model::Histogram::ResetHint hint) { hint_ = hint; }
    /// Without empty buckets.
    [[nodiscard]] HistogramPtr build() const;

    struct Cell {
        int32_t index = 0;
        CompensatedSum count;
    };
    using Side = std::vector<Cell>;  // ascending

  private:
    void merge_hint(model::Histogram::ResetHint other);
    void see_hint(model::Histogram::ResetHint hint);
    int schema_;
    std::vector<double> bounds_;
    model::Histogram::ResetHint hint_;
    double zero_threshold_;
    CompensatedSum zero_;
    CompensatedSum count_;
    CompensatedSum sum_;
    Side positive_;
    Side negative_;
    HistogramNotes notes_;
    bool seen_reset_ = false;
    bool seen_no_reset_ = false;
};

[[nodiscard]] inline bool has_custom_bounds(const model::Histogram& h) { return h.schema == model::Histogram::CUSTOM_BOUNDS; }

/// Did the counter start anew between the two?
[[nodiscard]] bool is_histogram_reset(const model::Histogram& before, const model::Histogram& after);
/// Same buckets, counts and sum (the reset hint does not matter).
[[nodiscard]] bool equal_histograms(const model::Histogram& a, const model::Histogram& b);

/// All populated buckets from the lowest to the highest.
[[nodiscard]] std::vector<NativeBucket> native_buckets(const model::Histogram& histogram);

/// The sum / mean of histograms; null when they are incompatible.
[[nodiscard]] HistogramPtr sum_of_histograms(std::span<const HistogramPtr> histograms, HistogramNotes& notes);
[[nodiscard]] HistogramPtr mean_of_histograms(std::span<const HistogramPtr> histograms, HistogramNotes& notes);

/// Every count and the sum times `factor`; a gauge when it is negative.
[[nodiscard]] HistogramPtr scaled_histogram(const model::Histogram& histogram, double factor);
/// Divided by a float; by zero only the zero bucket is left, with what that gives.
[[nodiscard]] HistogramPtr divided_histogram(const model::Histogram& histogram, double divisor);
/// Only the observations up to (`keep_below`) or above `cut`; buckets in the middle are split as quantiles assume.
[[nodiscard]] HistogramPtr trimmed_histogram(const model::Histogram& histogram, double cut, bool keep_below);
/// The upper bound of the bucket `index`.
[[nodiscard]] double bucket_upper_bound(const model::Histogram& histogram, int32_t index);

/// Between two histograms, `share` of the way; null when they are incompatible.
[[nodiscard]] HistogramPtr histogram_between(const model::Histogram& a, const model::Histogram& b, double share, HistogramNotes& notes);

/// `{count:20, sum:10, [-2,-1):2, (0.5,1]:1}`: how a histogram is written into a label.
[[nodiscard]] std::string describe_histogram(const model::Histogram& histogram);

}  // namespace belfry::promql
