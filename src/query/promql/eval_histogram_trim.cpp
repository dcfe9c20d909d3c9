#include "query/promql/eval_histogram.h"

namespace belfry::promql {
namespace {

using model::Histogram;

// How observations are assumed to lie within a bucket.
enum class Spread { linear, exponential };

struct Part {
    double count = 0;   // of the bucket, what stays
    double middle = 0;  // where it lies on average
};

double middle_of(double lower, double upper, Spread spread) {
    if (std::isinf(lower)) return upper;
    if (std::isinf(upper)) return lower;
    if (spread == Spread::linear) return (lower + upper) / 2;
    const double middle = std::sqrt(std::fabs(lower) * std::fabs(upper));
    return upper <= 0 ? -middle : middle;
}

// Share of the bucket's observations that are at most `cut`, which lies inside.
double share_below(double lower, double upper, double cut, Spread spread) {
    if (spread == Spread::linear) return (cut - lower) / (upper - lower);
    const double low = std::log2(std::fabs(lower));
    const double high = std::log2(std::fabs(upper));
    const double at = std::log2(std::fabs(cut));
    return (at - low) / (high - low);
}

Part part_kept(double lower, double upper, double count, double cut, bool keep_below, Spread spread) {
    if (upper <= cut) return keep_below ? Part{count, middle_of(lower, upper, spread)} : Part{};
    if (lower >= cut) return keep_below ? Part{} : Part{count, middle_of(lower, upper, spread)};
    if (std::isinf(upper) && std::isinf(lower)) return {};
    // An open bucket has no inside to split: all of it lies at its finite end.
    if (std::isinf(upper)) return keep_below ? Part{} : Part{count, cut};
    if (std::isinf(lower)) return keep_below ? Part{count, cut} : Part{};
    const double below = share_below(lower, upper, cut, spread);
    if (keep_below) return {count * below, middle_of(lower, cut, spread)};
    return {count * (1 - below), middle_of(cut, upper, spread)};
}

class Trimmer {
  public:
    Trimmer(const Histogram& histogram, double cut, bool keep_below)
        : out_(std::make_shared<Histogram>(histogram)), cut_(cut), keep_below_(keep_below) {}

    HistogramPtr run() {
        const bool custom = has_custom_bounds(*out_);
        if (!custom) trim_zero();
        trim_side(out_->positive_spans, out_->positive_buckets, false, custom);
        trim_side(out_->negative_spans, out_->negative_buckets, true, custom);
        if (changed_) {
            out_->count = count_.value();
            out_->sum = sum_.value();
        }
        return out_;
    }

  private:
    void keep(double& bucket, double lower, double upper, Spread spread) {
        const Part part = part_kept(lower, upper, bucket, cut_, keep_below_, spread);
        changed_ = changed_ || part.count != bucket;
        bucket = part.count;
        count_.add(part.count);
        if (part.count != 0) sum_.add(part.count * part.middle);
    }

    void trim_zero() {
        const bool has_positive = std::any_of(out_->positive_buckets.begin(), out_->positive_buckets.end(), [](double c) { return c != 0; });
        const bool has_negative = std::any_of(out_->negative_buckets.begin(), out_->negative_buckets.end(), [](double c) { return c != 0; });
        const double lower = has_positive && !has_negative ? 0 : -out_->zero_threshold;
        const double upper = has_negative && !has_positive ? 0 : out_->zero_threshold;
        if (out_->zero_count != 0) keep(out_->zero_count, lower, upper, Spread::linear);
    }

    void trim_side(const std::vector<Histogram::Span>& spans, std::vector<double>& buckets, bool negative, bool custom) {
        int32_t index = 0;
        size_t next = 0;
        for (const Histogram::Span& span : spans) {
            index += span.offset;
            for (uint32_t k = 0; k < span.length && next < buckets.size(); k++, index++, next++) {
                if (buckets[next] == 0) continue;
                double lower = bucket_upper_bound(*out_, index - 1);
                const double upper = bucket_upper_bound(*out_, index);
                // The first custom bucket is taken to begin at zero; but a cut below zero takes it away as one that reaches down.
                const bool cut_inside = !keep_below_ && cut_ < 0 && std::isfinite(cut_);
                if (custom && std::isinf(lower) && upper > 0 && std::isfinite(upper) && !cut_inside) lower = 0;
                if (!custom && lower < out_->zero_threshold && upper > out_->zero_threshold) lower = out_->zero_threshold;
                const Spread spread = custom ? Spread::linear : Spread::exponential;
                if (negative) keep(buckets[next], -upper, -lower, spread);
                else keep(buckets[next], lower, upper, spread);
            }
        }
    }

    std::shared_ptr<Histogram> out_;
    double cut_;
    bool keep_below_;
    bool changed_ = false;
    CompensatedSum count_;
    CompensatedSum sum_;
};

}  // namespace

HistogramPtr trimmed_histogram(const Histogram& histogram, double cut, bool keep_below) {
    return Trimmer(histogram, cut, keep_below).run();
}

}  // namespace belfry::promql
