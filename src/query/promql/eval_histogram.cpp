#include "query/promql/eval_histogram.h"

namespace belfry::promql {
namespace {

using model::Histogram;
using Side = HistogramBuilder::Side;
using Cell = HistogramBuilder::Cell;

constexpr double INFINITE = std::numeric_limits<double>::infinity();

// The upper bound of bucket `index`: base^index with base 2^(2^-schema), or the custom bound.
double upper_bound(int32_t index, int schema, const std::vector<double>& bounds) {
    if (schema == Histogram::CUSTOM_BOUNDS) {
        if (index < 0) return -INFINITE;
        return static_cast<size_t>(index) < bounds.size() ? bounds[static_cast<size_t>(index)] : INFINITE;
    }
    const double exponent = std::ldexp(static_cast<double>(index), -schema);
    const double bound = std::exp2(exponent);
    // The last bucket before infinity ends at the largest double.
    if (std::isinf(bound) && exponent <= 1024) return std::numeric_limits<double>::max();
    return bound;
}

Side unpack(const std::vector<Histogram::Span>& spans, const std::vector<double>& buckets, double factor) {
    Side out;
    out.reserve(buckets.size());
    int32_t index = 0;
    size_t next = 0;
    for (const Histogram::Span& span : spans) {
        index += span.offset;
        for (uint32_t k = 0; k < span.length && next < buckets.size(); k++, index++)
            out.push_back({index, {buckets[next++] * factor, 0}});
    }
    return out;
}

void pack(const Side& side, std::vector<Histogram::Span>& spans, std::vector<double>& buckets) {
    int32_t next = 0;
    for (const Cell& cell : side) {
        const double count = cell.count.value();
        if (count == 0) continue;
        if (spans.empty() || cell.index != next) spans.push_back({cell.index - next, 0});
        spans.back().length++;
        buckets.push_back(count);
        next = cell.index + 1;
    }
}

// Gives every cell the index `map(index)` (monotonic) and joins those that meet.
template <typename Map>
void remap(Side& side, Map map) {
    size_t kept = 0;
    for (const Cell& cell : side) {
        const int32_t index = map(cell.index);
        if (kept > 0 && side[kept - 1].index == index) {
            side[kept - 1].count.add(cell.count);
        } else {
            side[kept++] = {index, cell.count};
        }
    }
    side.resize(kept);
}

void lower_schema(Side& side, int by) {
    if (by > 0) remap(side, [by](int32_t index) { return ((index - 1) >> by) + 1; });
}

// Buckets of `from` bounds by the bounds `to` (a subset).
void coarsen(Side& side, const std::vector<double>& from, const std::vector<double>& to) {
    remap(side, [&](int32_t index) {
        const double upper = upper_bound(index, Histogram::CUSTOM_BOUNDS, from);
        return static_cast<int32_t>(std::lower_bound(to.begin(), to.end(), upper) - to.begin());
    });
}

std::vector<double> common_bounds(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> out;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
    return out;
}

void add_side(Side& into, const Side& from) {
    Side out;
    out.reserve(into.size() + from.size());
    size_t a = 0;
    size_t b = 0;
    while (a < into.size() || b < from.size()) {
        if (b == from.size() || (a < into.size() && into[a].index < from[b].index)) {
            out.push_back(into[a++]);
        } else if (a == into.size() || from[b].index < into[a].index) {
            out.push_back(from[b++]);
        } else {
            out.push_back(into[a++]);
            out.back().count.add(from[b++].count);
        }
    }
    into = std::move(out);
}

// Widens the zero bucket to at least `threshold`, further when that lies inside a populated bucket: what it covers then
// counts as zero. Returns the new threshold.
double widen_zero(double threshold, int schema, CompensatedSum& zero, Side& positive, Side& negative) {
    bool grown = true;
    while (grown) {
        grown = false;
        for (const Side* side : {&positive, &negative}) {
            for (const Cell& cell : *side) {
                if (upper_bound(cell.index - 1, schema, {}) >= threshold) break;
                if (cell.count.value() == 0) continue;
                const double upper = upper_bound(cell.index, schema, {});
                if (upper > threshold) {
                    threshold = upper;
                    grown = true;
                }
            }
        }
    }
    for (Side* side : {&positive, &negative}) {
        size_t covered = 0;
        while (covered < side->size() && upper_bound((*side)[covered].index - 1, schema, {}) < threshold) {
            zero.add((*side)[covered].count);
            covered++;
        }
        side->erase(side->begin(), side->begin() + static_cast<std::ptrdiff_t>(covered));
    }
    return threshold;
}

// Does any bucket hold less than before?
bool fell(const Side& before, const Side& after) {
    size_t k = 0;
    for (const Cell& cell : before) {
        if (cell.count.value() == 0) continue;
        while (k < after.size() && after[k].index < cell.index) k++;
        const double now = k < after.size() && after[k].index == cell.index ? after[k].count.value() : 0;
        if (now < cell.count.value()) return true;
    }
    return false;
}

}  // namespace

HistogramBuilder::HistogramBuilder(const Histogram& first, double factor)
    : schema_(first.schema), bounds_(first.custom_bounds), hint_(first.reset_hint), zero_threshold_(first.zero_threshold),
      zero_{first.zero_count * factor, 0}, count_{first.count * factor, 0}, sum_{first.sum * factor, 0},
      positive_(unpack(first.positive_spans, first.positive_buckets, factor)),
      negative_(unpack(first.negative_spans, first.negative_buckets, factor)) {
    see_hint(first.reset_hint);
}

void HistogramBuilder::see_hint(Histogram::ResetHint hint) {
    seen_reset_ = seen_reset_ || hint == Histogram::ResetHint::reset;
    seen_no_reset_ = seen_no_reset_ || hint == Histogram::ResetHint::not_reset;
    notes_.collision = seen_reset_ && seen_no_reset_;
}

void HistogramBuilder::merge_hint(Histogram::ResetHint other) {
    using enum Histogram::ResetHint;
    see_hint(other);
    if (hint_ == other || hint_ == gauge) return;
    hint_ = other == gauge ? gauge : unknown;
}

bool HistogramBuilder::add(const Histogram& other, double factor) {
    const bool custom = schema_ == Histogram::CUSTOM_BOUNDS;
    if (custom != has_custom_bounds(other)) {
        notes_.incompatible = true;
        return false;
    }
    Side positive = unpack(other.positive_spans, other.positive_buckets, factor);
    Side negative = unpack(other.negative_spans, other.negative_buckets, factor);
    CompensatedSum zero{other.zero_count * factor, 0};
    if (custom) {
        if (bounds_ != other.custom_bounds) {
            notes_.reconciled = true;
            std::vector<double> common = common_bounds(bounds_, other.custom_bounds);
            coarsen(positive_, bounds_, common);
            coarsen(positive, other.custom_bounds, common);
            bounds_ = std::move(common);
        }
    } else {
        const int schema = std::min<int>(schema_, other.schema);
        lower_schema(positive_, schema_ - schema);
        lower_schema(negative_, schema_ - schema);
        lower_schema(positive, other.schema - schema);
        lower_schema(negative, other.schema - schema);
        schema_ = schema;
        double threshold = other.zero_threshold;
        while (threshold != zero_threshold_) {
            if (threshold < zero_threshold_) threshold = widen_zero(zero_threshold_, schema_, zero, positive, negative);
            else zero_threshold_ = widen_zero(threshold, schema_, zero_, positive_, negative_);
        }
    }
    merge_hint(other.reset_hint);
    zero_.add(zero);
    count_.add(other.count * factor);
    sum_.add(other.sum * factor);
    add_side(positive_, positive);
    add_side(negative_, negative);
    return true;
}

void HistogramBuilder::scale(double factor) {
    const auto scale_one = [factor](CompensatedSum& s) {
        s.sum *= factor;
        s.lost *= factor;
    };
    scale_one(zero_);
    scale_one(count_);
    scale_one(sum_);
    for (Side* side : {&positive_, &negative_})
        for (Cell& cell : *side) scale_one(cell.count);
}

bool HistogramBuilder::overflowed() const {
    const auto too_large = [](const CompensatedSum& s) { return std::isinf(s.sum); };
    if (too_large(count_) || too_large(sum_) || too_large(zero_)) return true;
    for (const Side* side : {&positive_, &negative_})
        for (const Cell& cell : *side)
            if (too_large(cell.count)) return true;
    return false;
}

HistogramPtr HistogramBuilder::build() const {
    auto out = std::make_shared<Histogram>();
    out->schema = static_cast<int8_t>(schema_);
    out->reset_hint = hint_;
    out->zero_threshold = zero_threshold_;
    out->zero_count = zero_.value();
    out->count = count_.value();
    out->sum = sum_.value();
    out->custom_bounds = bounds_;
    pack(positive_, out->positive_spans, out->positive_buckets);
    pack(negative_, out->negative_spans, out->negative_buckets);
    return out;
}

bool is_histogram_reset(const Histogram& before, const Histogram& after) {
    if (after.reset_hint == Histogram::ResetHint::reset) return true;
    if (after.reset_hint == Histogram::ResetHint::not_reset) return false;
    if (after.count < before.count || has_custom_bounds(before) != has_custom_bounds(after)) return true;
    Side old_positive = unpack(before.positive_spans, before.positive_buckets, 1);
    Side old_negative = unpack(before.negative_spans, before.negative_buckets, 1);
    Side new_positive = unpack(after.positive_spans, after.positive_buckets, 1);
    const Side new_negative = unpack(after.negative_spans, after.negative_buckets, 1);
    if (has_custom_bounds(after)) {
        if (before.custom_bounds != after.custom_bounds) {
            const std::vector<double> common = common_bounds(before.custom_bounds, after.custom_bounds);
            coarsen(old_positive, before.custom_bounds, common);
            coarsen(new_positive, after.custom_bounds, common);
        }
        return fell(old_positive, new_positive);
    }
    // A finer resolution or a narrower zero bucket does not come by itself.
    if (after.schema > before.schema || after.zero_threshold < before.zero_threshold) return true;
    lower_schema(old_positive, before.schema - after.schema);
    lower_schema(old_negative, before.schema - after.schema);
    CompensatedSum zero{before.zero_count, 0};
    if (after.zero_threshold > before.zero_threshold &&
        widen_zero(after.zero_threshold, after.schema, zero, old_positive, old_negative) != after.zero_threshold)
        return true;
    return after.zero_count < zero.value() || fell(old_positive, new_positive) || fell(old_negative, new_negative);
}

bool equal_histograms(const Histogram& a, const Histogram& b) {
    const auto same = [](double x, double y) { return std::bit_cast<uint64_t>(x) == std::bit_cast<uint64_t>(y) || x == y || (std::isnan(x) && std::isnan(y)); };
    const auto same_side = [&](const Side& x, const Side& y) {
        const auto next = [](const Side& side, size_t& k) {
            while (k < side.size() && side[k].count.sum == 0) k++;
            return k < side.size();
        };
        size_t i = 0;
        size_t j = 0;
        for (;; i++, j++) {
            const bool more = next(x, i);
            if (more != next(y, j)) return false;
            if (!more) return true;
            if (x[i].index != y[j].index || x[i].count.sum != y[j].count.sum) return false;
        }
    };
    return a.schema == b.schema && same(a.count, b.count) && same(a.sum, b.sum) && a.custom_bounds == b.custom_bounds &&
           (has_custom_bounds(a) || (a.zero_threshold == b.zero_threshold && same(a.zero_count, b.zero_count))) &&
           same_side(unpack(a.positive_spans, a.positive_buckets, 1), unpack(b.positive_spans, b.positive_buckets, 1)) &&
           same_side(unpack(a.negative_spans, a.negative_buckets, 1), unpack(b.negative_spans, b.negative_buckets, 1));
}

std::vector<NativeBucket> native_buckets(const Histogram& h) {
    std::vector<NativeBucket> out;
    const Side negative = unpack(h.negative_spans, h.negative_buckets, 1);
    const auto add = [&](double lower, double upper, double count) {
        if (count != 0) out.push_back({lower, upper, count, false});
    };
    for (size_t k = negative.size(); k-- > 0;) {
        const int32_t index = negative[k].index;
        double upper = -upper_bound(index - 1, h.schema, h.custom_bounds);
        if (upper > -h.zero_threshold) upper = -h.zero_threshold;
        add(-upper_bound(index, h.schema, h.custom_bounds), upper, negative[k].count.sum);
    }
    if (h.zero_count != 0) out.push_back({-h.zero_threshold, h.zero_threshold, h.zero_count, true});
    for (const Cell& cell : unpack(h.positive_spans, h.positive_buckets, 1)) {
        double lower = upper_bound(cell.index - 1, h.schema, h.custom_bounds);
        if (!has_custom_bounds(h) && lower < h.zero_threshold) lower = h.zero_threshold;
        add(lower, upper_bound(cell.index, h.schema, h.custom_bounds), cell.count.sum);
    }
    return out;
}

HistogramPtr sum_of_histograms(std::span<const HistogramPtr> histograms, HistogramNotes& notes) {
    HistogramBuilder builder(*histograms[0]);
    for (size_t k = 1; k < histograms.size(); k++) {
        if (builder.add(*histograms[k])) continue;
        notes.incompatible = true;
        return nullptr;
    }
    notes = builder.notes();
    return builder.build();
}

HistogramPtr mean_of_histograms(std::span<const HistogramPtr> histograms, HistogramNotes& notes) {
    const double share = 1 / static_cast<double>(histograms.size());
    HistogramBuilder builder(*histograms[0]);
    for (size_t k = 1; k < histograms.size(); k++) {
        if (builder.add(*histograms[k])) continue;
        notes.incompatible = true;
        return nullptr;
    }
    notes = builder.notes();
    if (!builder.overflowed()) {
        builder.scale(share);
        return builder.build();
    }
    HistogramBuilder scaled(*histograms[0], share);
    for (size_t k = 1; k < histograms.size(); k++) (void)scaled.add(*histograms[k], share);
    return scaled.build();
}

HistogramPtr scaled_histogram(const Histogram& histogram, double factor) {
    HistogramBuilder builder(histogram, factor);
    if (factor < 0) builder.set_hint(Histogram::ResetHint::gauge);
    return builder.build();
}

double bucket_upper_bound(const Histogram& histogram, int32_t index) {
    return upper_bound(index, histogram.schema, histogram.custom_bounds);
}

HistogramPtr divided_histogram(const Histogram& histogram, double divisor) {
    auto out = std::make_shared<Histogram>(histogram);
    out->count /= divisor;
    out->sum /= divisor;
    out->zero_count /= divisor;
    if (divisor == 0) {
        out->positive_spans.clear();
        out->negative_spans.clear();
        out->positive_buckets.clear();
        out->negative_buckets.clear();
    }
    for (std::vector<double>* buckets : {&out->positive_buckets, &out->negative_buckets})
        for (double& count : *buckets) count /= divisor;
    if (divisor < 0) out->reset_hint = Histogram::ResetHint::gauge;
    return out;
}

HistogramPtr histogram_between(const Histogram& a, const Histogram& b, double share, HistogramNotes& notes) {
    HistogramBuilder builder(a, 1 - share);
    const bool compatible = builder.add(b, share);
    notes = builder.notes();
    return compatible ? builder.build() : nullptr;
}

std::string describe_histogram(const Histogram& h) {
    std::string out = fmt::format("{{count:{}, sum:{}", h.count, h.sum);
    for (const NativeBucket& bucket : native_buckets(h)) {
        const bool closed_left = bucket.zero || bucket.upper <= 0;
        const bool closed_right = bucket.zero || bucket.lower >= 0 || has_custom_bounds(h);
        out += fmt::format(", {}{},{}{}:{}", closed_left ? '[' : '(', bucket.lower, bucket.upper, closed_right ? ']' : ')', bucket.count);
    }
    return out + "}";
}

}  // namespace belfry::promql
