#include "ingest/otlp/distribution.h"

#include "model/sample.h"

#include <cmath>

namespace belfry::ingest::otlp {
namespace {

/// Empty buckets up to this many are kept between two that are not; a longer gap begins a new span.
constexpr size_t GAP_BUCKETS = 2;

/// Leading and trailing empty buckets say nothing.
void trim(Buckets& b) {
    size_t begin = 0;
    while (begin < b.counts.size() && b.counts[begin] == 0)
        ++begin;
    while (b.counts.size() > begin && b.counts.back() == 0)
        b.counts.pop_back();
    b.counts.erase(b.counts.begin(), b.counts.begin() + static_cast<std::ptrdiff_t>(begin));
    // offsets of nothing are never looked at; the sum of the others fits, as bucket indexes of doubles do
    b.offset = b.counts.empty() ? 0 : static_cast<int32_t>(b.offset + static_cast<int64_t>(begin));
}

void downscale_buckets(Buckets& b, int32_t steps) {
    if (b.counts.empty() || steps <= 0) return;
    steps = std::min(steps, 62);
    const int64_t first = static_cast<int64_t>(b.offset) >> steps;
    Buckets out;
    out.offset = static_cast<int32_t>(first);
    const int64_t last = (static_cast<int64_t>(b.offset) + static_cast<int64_t>(b.counts.size()) - 1) >> steps;
    out.counts.assign(static_cast<size_t>(last - first + 1), 0);
    for (size_t i = 0; i < b.counts.size(); ++i)
        out.counts[static_cast<size_t>(((static_cast<int64_t>(b.offset) + static_cast<int64_t>(i)) >> steps) -
                                       first)] += b.counts[i];
    b = std::move(out);
}

/// Steps until both together span at most BUCKETS_MAX buckets.
int32_t steps_to_fit(const Buckets& a, const Buckets& b) {
    if (a.counts.empty() || b.counts.empty()) return 0;
    int64_t low = std::min<int64_t>(a.offset, b.offset);
    int64_t high = std::max<int64_t>(a.offset + static_cast<int64_t>(a.counts.size()),
                                     b.offset + static_cast<int64_t>(b.counts.size())) -
                   1;
    int32_t steps = 0;
    while (high - low >= BUCKETS_MAX) {
        low >>= 1;
        high >>= 1;
        ++steps;
    }
    return steps;
}

void add_buckets(Buckets& to, const Buckets& from) {
    if (from.counts.empty()) return;
    if (to.counts.empty()) {
        to = from;
        return;
    }
    const int64_t low = std::min<int64_t>(to.offset, from.offset);
    const int64_t high = std::max<int64_t>(to.offset + static_cast<int64_t>(to.counts.size()),
                                           from.offset + static_cast<int64_t>(from.counts.size()));
    Buckets sum;
    sum.offset = static_cast<int32_t>(low);
    sum.counts.assign(static_cast<size_t>(high - low), 0);
    for (const Buckets* part : {&std::as_const(to), &from})
        for (size_t i = 0; i < part->counts.size(); ++i)
            sum.counts[static_cast<size_t>(part->offset - low) + i] += part->counts[i];
    to = std::move(sum);
}

/// Bucket i of OTLP has its upper bound at base^(offset + i + 1), which is index offset + i + 1 of a native histogram.
void put_spans(const Buckets& b, std::vector<model::Histogram::Span>& spans, std::vector<double>& counts) {
    int64_t next = 0;  // the index behind the last bucket written
    for (size_t i = 0; i < b.counts.size(); ++i) {
        if (b.counts[i] == 0) continue;
        const int64_t index = static_cast<int64_t>(b.offset) + static_cast<int64_t>(i) + 1;
        const int64_t gap = index - next;
        if (spans.empty() || gap > static_cast<int64_t>(GAP_BUCKETS)) {
            spans.push_back({static_cast<int32_t>(gap), 0});
        } else {
            for (int64_t k = 0; k < gap; ++k)
                counts.push_back(0);
            spans.back().length += static_cast<uint32_t>(gap);
        }
        counts.push_back(static_cast<double>(b.counts[i]));
        ++spans.back().length;
        next = index + 1;
    }
}

uint64_t sum_of(const std::vector<uint64_t>& counts) {
    uint64_t total = 0;
    for (const uint64_t count : counts)
        total += count;
    return total;
}

}  // namespace

void Distribution::downscale(int32_t steps) {
    downscale_buckets(positive, steps);
    downscale_buckets(negative, steps);
    scale -= steps;
}

bool Distribution::add(const Distribution& other) {
    if (exponential != other.exponential || bounds != other.bounds ||
        bucket_counts.size() != other.bucket_counts.size())
        return false;
    count += other.count;
    sum += other.sum;
    has_sum = has_sum && other.has_sum;
    for (size_t i = 0; i < bucket_counts.size(); ++i)
        bucket_counts[i] += other.bucket_counts[i];
    if (!exponential) return true;
    if (other.zero_threshold != zero_threshold) return false;
    zero_count += other.zero_count;
    Distribution addend = other;
    const int32_t target = std::min(scale, addend.scale);
    downscale(scale - target);
    addend.downscale(addend.scale - target);
    const int32_t steps = std::max(steps_to_fit(positive, addend.positive), steps_to_fit(negative, addend.negative));
    if (target - steps < SCALE_MIN) return false;
    downscale(steps);
    addend.downscale(steps);
    add_buckets(positive, addend.positive);
    add_buckets(negative, addend.negative);
    return true;
}

size_t Distribution::memory_bytes() const {
    return sizeof(*this) +
           8 * (bounds.capacity() + bucket_counts.capacity() + positive.counts.capacity() + negative.counts.capacity());
}

std::string make_distribution(const DistributionPoint& point, bool exponential, Distribution& out) {
    out = {};
    out.count = point.count;
    out.has_sum = point.sum.has_value();
    out.sum = point.sum.value_or(0);
    out.exponential = exponential;
    if (!exponential) {
        if (!point.bucket_counts.empty() && point.bucket_counts.size() != point.bounds.size() + 1)
            return fmt::format("{} bucket counts for {} bounds", point.bucket_counts.size(), point.bounds.size());
        if (point.bucket_counts.empty() && !point.bounds.empty()) return "bounds without bucket counts";
        for (size_t i = 0; i < point.bounds.size(); ++i)
            if (std::isnan(point.bounds[i]) || (i > 0 && point.bounds[i] <= point.bounds[i - 1]))
                return "bucket bounds that do not ascend";
        if (!point.bucket_counts.empty() && sum_of(point.bucket_counts) != point.count)
            return fmt::format("bucket counts that add up to {}, not to the count {}", sum_of(point.bucket_counts),
                               point.count);
        out.bounds = point.bounds;
        out.bucket_counts = point.bucket_counts;
        // a bound of +Inf is what the last bucket has anyway
        if (!out.bounds.empty() && std::isinf(out.bounds.back()) && out.bounds.back() > 0) {
            out.bounds.pop_back();
            const uint64_t last = out.bucket_counts.back();
            out.bucket_counts.pop_back();
            out.bucket_counts.back() += last;
        }
        return "";
    }
    if (point.scale < SCALE_MIN) return fmt::format("scale {} is coarser than {}", point.scale, SCALE_MIN);
    if (std::isnan(point.zero_threshold) || point.zero_threshold < 0) return "a zero threshold below zero";
    const uint64_t total = sum_of(point.positive.counts) + sum_of(point.negative.counts) + point.zero_count;
    if (total != point.count)
        return fmt::format("bucket counts that add up to {}, not to the count {}", total, point.count);
    out.scale = point.scale;
    out.zero_count = point.zero_count;
    out.zero_threshold = point.zero_threshold > 0 ? point.zero_threshold : DEFAULT_ZERO_THRESHOLD;
    out.positive = point.positive;
    out.negative = point.negative;
    for (Buckets* side : {&out.positive, &out.negative}) {
        const int64_t end = static_cast<int64_t>(side->offset) + static_cast<int64_t>(side->counts.size());
        if (end > INT32_MAX - 1) return "bucket indexes beyond those of any double";
        trim(*side);
    }
    if (out.scale > SCALE_MAX) {
        const int32_t steps = out.scale - SCALE_MAX;
        out.downscale(steps);
    }
    return "";
}

std::shared_ptr<const model::Histogram> to_native(const Distribution& d) {
    auto out = std::make_shared<model::Histogram>();
    out->count = static_cast<double>(d.count);
    out->sum = d.has_sum ? d.sum : std::numeric_limits<double>::quiet_NaN();
    if (d.exponential) {
        out->schema = static_cast<int8_t>(d.scale);
        out->zero_threshold = d.zero_threshold;
        out->zero_count = static_cast<double>(d.zero_count);
        put_spans(d.positive, out->positive_spans, out->positive_buckets);
        put_spans(d.negative, out->negative_spans, out->negative_buckets);
        return out;
    }
    out->schema = model::Histogram::CUSTOM_BOUNDS;
    out->custom_bounds = d.bounds;
    Buckets buckets{-1, d.bucket_counts};  // index 0 is the first bound's
    if (buckets.counts.empty()) buckets.counts = {d.count};
    put_spans(buckets, out->positive_spans, out->positive_buckets);
    return out;
}

std::shared_ptr<const model::Histogram> stale_native() {
    static const auto STALE = [] {
        auto out = std::make_shared<model::Histogram>();
        out->sum = model::stale_nan();
        return out;
    }();
    return STALE;
}

}  // namespace belfry::ingest::otlp
