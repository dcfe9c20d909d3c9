#include "ingest/statsd/exponential_histogram.h"

#include <cmath>

namespace belfry::ingest::statsd {
namespace {

constexpr int8_t FINEST = ExponentialHistogram::SCHEMA_FIRST;
constexpr int FINEST_BUCKETS = 1 << FINEST;  // of each power of two

// Upper bounds of the finest buckets in [0.5, 1): 0.5 * 2^(i/8), i from 0; the last one is 1 and not needed.
const std::array<double, FINEST_BUCKETS> FINEST_BOUNDS = [] {
    std::array<double, FINEST_BUCKETS> out{};
    for (int i = 0; i < FINEST_BUCKETS; i++)
        out[static_cast<size_t>(i)] = std::exp2(static_cast<double>(i) / FINEST_BUCKETS - 1);
    return out;
}();

// Two neighbours become one: (i-1, i] of the finer is inside (k-1, k] of the coarser with k = ceil(i / 2).
int32_t coarser(int32_t index) {
    return (index + 1) >> 1;
}

}  // namespace

int32_t bucket_index(double magnitude, int8_t schema) {
    int exponent = 0;
    const double fraction = std::frexp(magnitude, &exponent);  // [0.5, 1), so no logarithm rounds at a bound
    const auto bound = std::lower_bound(FINEST_BOUNDS.begin(), FINEST_BOUNDS.end(), fraction);
    int32_t index = (exponent - 1) * FINEST_BUCKETS + static_cast<int32_t>(bound - FINEST_BOUNDS.begin());
    for (int8_t s = FINEST; s > schema; s--)
        index = coarser(index);
    return index;
}

void ExponentialHistogram::count(Buckets& buckets, int32_t index, double weight) {
    auto at = std::lower_bound(buckets.begin(), buckets.end(), index,
                               [](const Bucket& bucket, int32_t wanted) { return bucket.index < wanted; });
    if (at == buckets.end() || at->index != index) at = buckets.insert(at, {index, 0});
    at->count += weight;
}

void ExponentialHistogram::halve(Buckets& buckets) {
    Buckets out;
    for (const Bucket& bucket : buckets)
        count(out, coarser(bucket.index), bucket.count);
    buckets = std::move(out);
}

void ExponentialHistogram::add(double value, double weight) {
    snapshot_.reset();
    count_ += weight;
    sum_ += value * weight;
    const double magnitude = std::fabs(value);
    if (magnitude <= ZERO_THRESHOLD) {
        zero_count_ += weight;
        return;
    }
    count(value > 0 ? positive_ : negative_, bucket_index(magnitude, schema_), weight);
    while (positive_.size() + negative_.size() > BUCKETS_MAX && schema_ > SCHEMA_LAST) {
        schema_--;
        halve(positive_);
        halve(negative_);
    }
}

void ExponentialHistogram::write(const Buckets& buckets,
                                 std::vector<model::Histogram::Span>& spans,
                                 std::vector<double>& counts) {
    int32_t next = 0;
    for (const Bucket& bucket : buckets) {
        if (spans.empty() || bucket.index != next) spans.push_back({bucket.index - next, 0});
        spans.back().length++;
        counts.push_back(bucket.count);
        next = bucket.index + 1;
    }
}

std::shared_ptr<const model::Histogram> ExponentialHistogram::snapshot() {
    if (snapshot_) return snapshot_;
    auto out = std::make_shared<model::Histogram>();
    out->schema = schema_;
    out->zero_threshold = ZERO_THRESHOLD;
    out->zero_count = zero_count_;
    out->count = count_;
    out->sum = sum_;
    write(positive_, out->positive_spans, out->positive_buckets);
    write(negative_, out->negative_spans, out->negative_buckets);
    return snapshot_ = std::move(out);
}

std::shared_ptr<const model::Histogram> ExponentialHistogram::empty() {
    static const std::shared_ptr<const model::Histogram> none = ExponentialHistogram().snapshot();
    return none;
}

}  // namespace belfry::ingest::statsd
