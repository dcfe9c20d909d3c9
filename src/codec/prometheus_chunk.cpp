#include "codec/prometheus_chunk.h"

#include "codec/prometheus_chunk_bits.h"

namespace belfry::codec {
namespace {

using model::Histogram;
using ResetHint = model::Histogram::ResetHint;
using Type = PrometheusChunkType;

// the two highest bits of a histogram chunk's flags
constexpr uint8_t FLAG_RESET = 0b10;
constexpr uint8_t FLAG_NO_RESET = 0b01;
constexpr uint8_t FLAG_GAUGE = 0b11;

const Histogram* histogram_at(const model::SampleColumns& samples, size_t i) {
    return samples.histograms.empty() ? nullptr : samples.histograms[i].get();
}

bool is_whole(double value) {
    return value >= 0 && value < 0x1p53 && value == std::trunc(value);
}

bool same_layout(const Histogram& a, const Histogram& b) {
    return a.schema == b.schema && a.zero_threshold == b.zero_threshold && a.positive_spans == b.positive_spans &&
           a.negative_spans == b.negative_spans && a.custom_bounds == b.custom_bounds;
}

bool any_less(const std::vector<double>& now, const std::vector<double>& before) {
    for (size_t i = 0; i < now.size() && i < before.size(); ++i)
        if (now[i] < before[i]) return true;
    return false;
}

bool follows(const Histogram& before, const Histogram& now) {
    const bool gauge = before.reset_hint == ResetHint::gauge;
    if (gauge != (now.reset_hint == ResetHint::gauge) || !same_layout(before, now)) return false;
    if (gauge) return true;
    return now.reset_hint != ResetHint::reset && now.count >= before.count && now.zero_count >= before.zero_count &&
           !any_less(now.positive_buckets, before.positive_buckets) &&
           !any_less(now.negative_buckets, before.negative_buckets);
}

Type type_of(const Histogram& histogram) {
    return has_whole_counts(histogram) ? Type::histogram : Type::float_histogram;
}

void append_xor(const model::SampleColumns& samples, size_t begin, size_t count, std::string& out) {
    const int64_t* times = samples.times_ms.data() + begin;
    const double* values = samples.values.data() + begin;
    put_zigzag(out, times[0]);
    ChunkBits bits(out);
    XorColumn column;
    column.first(values[0], bits);
    int64_t delta = 0;
    for (size_t i = 1; i < count; ++i) {
        const int64_t step = times[i] - times[i - 1];
        const int64_t change = step - std::exchange(delta, step);
        if (i == 1) {
            std::string varint;
            put_varint(varint, static_cast<uint64_t>(step));
            for (const char c : varint)
                bits.put(static_cast<uint8_t>(c), 8);
        } else if (change == 0) {
            bits.put(0, 1);
        } else if (change > -(1 << 13) && change <= 1 << 13) {
            bits.put(0b10, 2);
            bits.put(static_cast<uint64_t>(change), 14);
        } else if (change > -(1 << 16) && change <= 1 << 16) {
            bits.put(0b110, 3);
            bits.put(static_cast<uint64_t>(change), 17);
        } else if (change > -(1 << 19) && change <= 1 << 19) {
            bits.put(0b1110, 4);
            bits.put(static_cast<uint64_t>(change), 20);
        } else {
            bits.put(0b1111, 4);
            bits.put(static_cast<uint64_t>(change), 64);
        }
        column.next(values[i], bits);
    }
    bits.finish();
}

void put_spans(const std::vector<Histogram::Span>& spans, ChunkBits& bits) {
    bits.put_varbit_unsigned(spans.size());
    for (const auto& span : spans) {
        bits.put_varbit_unsigned(span.length);
        bits.put_varbit(span.offset);
    }
}

/// Zero, a power of two from 2^-243 to 2^10 as one byte, or all of it.
void put_zero_threshold(double threshold, ChunkBits& bits) {
    int exponent = 0;
    if (threshold == 0) return bits.put(0, 8);
    if (std::frexp(threshold, &exponent) == 0.5 && exponent >= -242 && exponent <= 11)
        return bits.put(static_cast<uint64_t>(exponent + 243), 8);
    bits.put(255, 8);
    bits.put_float(threshold);
}

/// Thousandths as a whole number where people wrote the bound by hand, else all bits.
void put_bound(double bound, ChunkBits& bits) {
    constexpr double THOUSANDTHS_MAX = 33'554'430;
    const double thousandths = bound * 1000;
    if (thousandths >= 0 && thousandths <= THOUSANDTHS_MAX && std::round(thousandths) / 1000 == bound) {
        return bits.put_varbit_unsigned(static_cast<uint64_t>(std::round(thousandths)) + 1);
    }
    bits.put(0, 1);
    bits.put_float(bound);
}

void put_layout(const Histogram& h, ChunkBits& bits) {
    put_zero_threshold(h.zero_threshold, bits);
    bits.put_varbit(h.schema);
    put_spans(h.positive_spans, bits);
    put_spans(h.negative_spans, bits);
    if (h.schema != Histogram::CUSTOM_BOUNDS) return;
    bits.put_varbit_unsigned(h.custom_bounds.size());
    for (const double bound : h.custom_bounds)
        put_bound(bound, bits);
}

/// The numbers of whole histograms: each as the change of its change.
class WholeColumns {
  public:
    /// `at` is the sample's place in the chunk.
    void start(size_t at) {
        at_ = at;
        column_ = 0;
    }
    void put(int64_t value, bool is_unsigned, ChunkBits& bits) {
        if (column_ == state_.size()) state_.emplace_back();
        auto& [last, delta] = state_[column_++];
        const int64_t step = value - last;
        if (at_ == 0)
            is_unsigned ? bits.put_varbit_unsigned(static_cast<uint64_t>(value)) : bits.put_varbit(value);
        else
            bits.put_varbit(at_ == 1 ? step : step - delta);
        last = value;
        if (at_ > 0) delta = step;
    }
    void put_buckets(const std::vector<double>& buckets, ChunkBits& bits) {
        int64_t before = 0;
        for (const double bucket : buckets) {
            const auto count = static_cast<int64_t>(bucket);
            put(count - std::exchange(before, count), false, bits);
        }
    }

  private:
    size_t at_ = 0;
    size_t column_ = 0;
    std::vector<std::pair<int64_t, int64_t>> state_;
};

class FloatColumns {
  public:
    void start(size_t at) {
        at_ = at;
        column_ = 0;
    }
    void put(double value, ChunkBits& bits) {
        if (column_ == state_.size()) state_.emplace_back();
        XorColumn& column = state_[column_++];
        at_ == 0 ? column.first(value, bits) : column.next(value, bits);
    }

  private:
    size_t at_ = 0;
    size_t column_ = 0;
    std::vector<XorColumn> state_;
};

uint8_t flags_of(const model::SampleColumns& samples, size_t begin) {
    const Histogram& h = *histogram_at(samples, begin);
    switch (h.reset_hint) {
        case ResetHint::gauge: return FLAG_GAUGE;
        case ResetHint::reset: return FLAG_RESET;
        case ResetHint::not_reset: return FLAG_NO_RESET;
        case ResetHint::unknown: break;
    }
    return 0;
}

void append_histograms(const model::SampleColumns& samples,
                       size_t begin,
                       const PrometheusChunkPlan& plan,
                       std::string& out) {
    out.push_back(static_cast<char>(flags_of(samples, begin) << 6));
    ChunkBits bits(out);
    put_layout(*histogram_at(samples, begin), bits);
    WholeColumns whole;
    FloatColumns floats;
    XorColumn sum;
    int64_t delta = 0;
    for (size_t at = 0; at < plan.count; ++at) {
        const Histogram& h = *histogram_at(samples, begin + at);
        const int64_t time_ms = samples.times_ms[begin + at];
        if (at == 0) {
            bits.put_varbit(time_ms);
        } else {
            const int64_t step = time_ms - samples.times_ms[begin + at - 1];
            const int64_t change = step - std::exchange(delta, step);
            at == 1 ? bits.put_varbit_unsigned(static_cast<uint64_t>(step)) : bits.put_varbit(change);
        }
        if (plan.type == Type::histogram) {
            whole.start(at);
            whole.put(static_cast<int64_t>(h.count), true, bits);
            whole.put(static_cast<int64_t>(h.zero_count), true, bits);
            at == 0 ? sum.first(h.sum, bits) : sum.next(h.sum, bits);
            whole.put_buckets(h.positive_buckets, bits);
            whole.put_buckets(h.negative_buckets, bits);
            continue;
        }
        floats.start(at);
        for (const double value : {h.count, h.zero_count, h.sum})
            floats.put(value, bits);
        for (const auto* buckets : {&h.positive_buckets, &h.negative_buckets})
            for (const double bucket : *buckets)
                floats.put(bucket, bits);
    }
    bits.finish();
}

}  // namespace

bool has_whole_counts(const Histogram& h) {
    return is_whole(h.count) && is_whole(h.zero_count) &&
           std::all_of(h.positive_buckets.begin(), h.positive_buckets.end(), is_whole) &&
           std::all_of(h.negative_buckets.begin(), h.negative_buckets.end(), is_whole);
}

PrometheusChunkPlan plan_prometheus_chunk(const model::SampleColumns& samples, size_t begin) {
    const size_t end = std::min(samples.size(), begin + PROMETHEUS_CHUNK_SAMPLES_MAX);
    const Histogram* first = histogram_at(samples, begin);
    size_t at = begin + 1;
    if (first == nullptr) {
        while (at < end && histogram_at(samples, at) == nullptr)
            ++at;
        return {Type::float_xor, at - begin};
    }
    const Type type = type_of(*first);
    // a stale marker has no buckets to go on from: a chunk of its own
    const auto is_stale = [](const Histogram& h) { return model::is_stale(h.sum); };
    if (is_stale(*first)) return {type, 1};
    for (; at < end; ++at) {
        const Histogram* next = histogram_at(samples, at);
        if (next == nullptr || is_stale(*next) || type_of(*next) != type) break;
        if (!follows(*histogram_at(samples, at - 1), *next)) break;
    }
    return {type, at - begin};
}

void append_prometheus_chunk(const model::SampleColumns& samples,
                             size_t begin,
                             const PrometheusChunkPlan& plan,
                             std::string& out) {
    out.push_back(static_cast<char>(plan.count >> 8));
    out.push_back(static_cast<char>(plan.count));
    if (plan.type == Type::float_xor)
        append_xor(samples, begin, plan.count, out);
    else
        append_histograms(samples, begin, plan, out);
}

}  // namespace belfry::codec
