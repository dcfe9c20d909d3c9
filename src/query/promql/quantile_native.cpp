#include "query/promql/quantile_native.h"

#include "query/promql/eval_histogram.h"

namespace belfry::promql {
namespace {

constexpr double NONE = std::numeric_limits<double>::quiet_NaN();

// The zero bucket reaches to the side that has observations; a custom histogram's first bucket begins at zero.
void settle_bounds(std::vector<NativeBucket>& buckets, const model::Histogram& h) {
    const bool positive = std::any_of(h.positive_buckets.begin(), h.positive_buckets.end(), [](double c) { return c != 0; });
    const bool negative = std::any_of(h.negative_buckets.begin(), h.negative_buckets.end(), [](double c) { return c != 0; });
    for (NativeBucket& bucket : buckets) {
        if (bucket.zero && positive && !negative) bucket.lower = 0;
        if (bucket.zero && negative && !positive) bucket.upper = 0;
        if (has_custom_bounds(h) && std::isinf(bucket.lower) && bucket.upper > 0) bucket.lower = 0;
    }
}

bool is_linear(const NativeBucket& bucket, const model::Histogram& h) {
    return has_custom_bounds(h) || (bucket.lower <= 0 && bucket.upper >= 0);
}

}  // namespace

double native_quantile(double q, const model::Histogram& h, NanObservations& nans) {
    nans = NanObservations::none;
    if (q < 0) return -std::numeric_limits<double>::infinity();
    if (q > 1) return std::numeric_limits<double>::infinity();
    if (h.count == 0 || std::isnan(q)) return NONE;
    std::vector<NativeBucket> buckets = native_buckets(h);
    if (buckets.empty()) {
        if (std::isnan(h.sum)) nans = NanObservations::result_is_nan;
        return NONE;
    }
    settle_bounds(buckets, h);
    // From the nearer end; with NaN observations, which are in no bucket and rank highest, from the lower one.
    const bool has_nan = std::isnan(h.sum);
    const bool forward = has_nan || q < 0.5;
    double rank = (forward ? q : 1 - q) * h.count;
    double count = 0;
    const NativeBucket* bucket = nullptr;
    for (size_t k = 0; k < buckets.size(); k++) {
        bucket = &buckets[forward ? k : buckets.size() - 1 - k];
        count += bucket->count;
        if (count >= rank) break;
    }
    if (has_custom_bounds(h)) {
        if (std::isinf(bucket->lower)) return bucket->upper;
        if (std::isinf(bucket->upper)) return bucket->lower;
    }
    count = std::min(count, h.count);
    if (count < rank) {
        if (!has_nan) return bucket->upper;
        nans = NanObservations::result_is_nan;
        return NONE;
    }
    if (has_nan) {
        double all = 0;
        for (const NativeBucket& b : buckets) all += b.count;
        if (all < h.count) nans = NanObservations::result_is_higher;
    }
    rank = forward ? rank - (count - bucket->count) : count - rank;
    const double share = rank / bucket->count;
    if (is_linear(*bucket, h)) return bucket->lower + (bucket->upper - bucket->lower) * share;
    const double low = std::log2(std::fabs(bucket->lower));
    const double high = std::log2(std::fabs(bucket->upper));
    if (bucket->lower > 0) return std::exp2(low + (high - low) * share);
    return -std::exp2(high + (low - high) * (1 - share));
}

double native_fraction(double lower, double upper, const model::Histogram& h, NanObservations& nans) {
    nans = NanObservations::none;
    if (h.count == 0 || std::isnan(lower) || std::isnan(upper)) return NONE;
    if (std::isnan(h.sum)) nans = NanObservations::excluded;
    if (lower >= upper) return 0;
    std::vector<NativeBucket> buckets = native_buckets(h);
    settle_bounds(buckets, h);
    const auto rank_of = [&](double value) {
        double rank = 0;
        for (const NativeBucket& bucket : buckets) {
            if (bucket.lower >= value) return rank;
            if (value < bucket.upper) {
                if (is_linear(bucket, h)) {
                    if (std::isinf(bucket.lower) || std::isinf(bucket.upper)) return rank;
                    return rank + bucket.count * (value - bucket.lower) / (bucket.upper - bucket.lower);
                }
                const double low = std::log2(std::fabs(bucket.lower));
                const double high = std::log2(std::fabs(bucket.upper));
                return rank + bucket.count * (std::log2(std::fabs(value)) - low) / (high - low);
            }
            rank += bucket.count;
        }
        return std::isnan(h.sum) ? rank : std::max(rank, h.count);
    };
    return (std::min(rank_of(upper), h.count) - std::min(rank_of(lower), h.count)) / h.count;
}

double native_variance(const model::Histogram& h) {
    const double mean = h.sum / h.count;
    CompensatedSum squares;
    for (const NativeBucket& bucket : native_buckets(h)) {
        double value = 0;
        if (has_custom_bounds(h)) {
            value = std::isinf(bucket.upper) ? bucket.lower
                    : std::isinf(bucket.lower) ? (bucket.upper > 0 ? bucket.upper / 2 : bucket.upper)
                                               : (bucket.lower + bucket.upper) / 2;
        } else if (!(bucket.lower <= 0 && bucket.upper >= 0)) {
            value = std::sqrt(bucket.lower * bucket.upper);
            if (bucket.upper < 0) value = -value;
        }
        squares.add(bucket.count * (value - mean) * (value - mean));
    }
    return squares.value() / h.count;
}

}  // namespace belfry::promql
