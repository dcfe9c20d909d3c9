#include "codec/histogram.h"

#include "codec/plain_value.h"

namespace belfry::codec {
namespace {

using model::Histogram;

constexpr uint8_t HINT_MASK = 3;
constexpr uint8_t INTEGERS = 4;
constexpr uint8_t NO_COUNT = 8;
constexpr uint8_t USUAL_ZERO = 16;
constexpr uint8_t FLAGS_KNOWN = 31;
constexpr double INTEGER_MAX = 0x1p53;

uint64_t bits(double v) {
    return std::bit_cast<uint64_t>(v);
}

bool is_integer(double v) {
    return v >= 0 && v <= INTEGER_MAX && bits(static_cast<double>(static_cast<int64_t>(v))) == bits(v);
}

bool all_integers(const Histogram& h) {
    return is_integer(h.zero_count) && is_integer(h.count) &&
           std::all_of(h.positive_buckets.begin(), h.positive_buckets.end(), is_integer) &&
           std::all_of(h.negative_buckets.begin(), h.negative_buckets.end(), is_integer);
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

void put_spans(const std::vector<Histogram::Span>& spans, std::string& out) {
    put_varint(out, spans.size());
    for (const Histogram::Span& span : spans) {
        put_zigzag(out, span.offset);
        put_varint(out, span.length);
    }
}

bool get_spans(ByteReader& in, std::vector<Histogram::Span>& spans, std::vector<double>& buckets) {
    uint64_t count = 0;
    if (!in.varint(&count) || count > in.left() || count > HISTOGRAM_BUCKETS_MAX) return false;
    spans.clear();
    uint64_t total = 0;
    for (uint64_t i = 0; i < count; i++) {
        int64_t offset = 0;
        uint64_t length = 0;
        if (!in.zigzag64(&offset) || offset != static_cast<int32_t>(offset) || !in.varint(&length)) return false;
        if (length > HISTOGRAM_BUCKETS_MAX || (total += length) > HISTOGRAM_BUCKETS_MAX) return false;
        spans.push_back({static_cast<int32_t>(offset), static_cast<uint32_t>(length)});
    }
    buckets.assign(total, 0);
    return true;
}

bool get_integers(ByteReader& in, std::vector<double>& buckets) {
    int64_t value = 0;
    for (double& bucket : buckets) {
        int64_t delta = 0;
        if (!in.zigzag64(&delta)) return false;
        value = static_cast<int64_t>(static_cast<uint64_t>(value) + static_cast<uint64_t>(delta));
        bucket = static_cast<double>(value);
    }
    return true;
}

bool get_values(ByteReader& in, std::vector<double>& buckets) {
    return std::all_of(buckets.begin(), buckets.end(), [&](double& bucket) { return get_plain_value(in, &bucket); });
}

}  // namespace

bool same_layout(const Histogram& a, const Histogram& b) {
    return a.schema == b.schema && bits(a.zero_threshold) == bits(b.zero_threshold) &&
           a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
           same_bits(a.custom_bounds, b.custom_bounds);
}

bool has_usual_zero_threshold(const Histogram& histogram) {
    return bits(histogram.zero_threshold) == bits(USUAL_ZERO_THRESHOLD);
}

double sum_of_buckets(const Histogram& histogram) {
    double sum = histogram.zero_count;
    for (const double bucket : histogram.positive_buckets)
        sum += bucket;
    for (const double bucket : histogram.negative_buckets)
        sum += bucket;
    return sum;
}

void put_histogram_layout(const Histogram& histogram, bool with_zero_threshold, std::string& out) {
    out.push_back(static_cast<char>(histogram.schema));
    if (with_zero_threshold) put_le(out, histogram.zero_threshold);
    put_spans(histogram.positive_spans, out);
    put_spans(histogram.negative_spans, out);
    put_varint(out, histogram.custom_bounds.size());
    for (const double bound : histogram.custom_bounds)
        put_plain_value(out, bound);
}

bool get_histogram_layout(ByteReader& in, bool with_zero_threshold, Histogram& out) {
    uint64_t bounds = 0;
    out.zero_threshold = USUAL_ZERO_THRESHOLD;
    if (!in.le(&out.schema) || (with_zero_threshold && !in.le(&out.zero_threshold)) ||
        !get_spans(in, out.positive_spans, out.positive_buckets) ||
        !get_spans(in, out.negative_spans, out.negative_buckets) || !in.varint(&bounds) || bounds > in.left() ||
        bounds > HISTOGRAM_BUCKETS_MAX)
        return false;
    out.custom_bounds.assign(bounds, 0);
    return get_values(in, out.custom_bounds);
}

void put_histogram(const Histogram& histogram, std::string& out) {
    const bool integers = all_integers(histogram);
    const bool no_count = bits(sum_of_buckets(histogram)) == bits(histogram.count);
    const bool usual_zero = has_usual_zero_threshold(histogram);
    out.push_back(static_cast<char>(static_cast<uint8_t>(histogram.reset_hint) | (integers ? INTEGERS : 0) |
                                    (no_count ? NO_COUNT : 0) | (usual_zero ? USUAL_ZERO : 0)));
    put_histogram_layout(histogram, !usual_zero, out);
    if (!integers) {
        put_plain_value(out, histogram.zero_count);
        if (!no_count) put_plain_value(out, histogram.count);
        for (const auto* buckets : {&histogram.positive_buckets, &histogram.negative_buckets})
            for (const double bucket : *buckets)
                put_plain_value(out, bucket);
        return;
    }
    put_varint(out, static_cast<uint64_t>(histogram.zero_count));
    if (!no_count) put_varint(out, static_cast<uint64_t>(histogram.count));
    for (const auto* buckets : {&histogram.positive_buckets, &histogram.negative_buckets}) {
        int64_t before = 0;
        for (const double bucket : *buckets) {
            put_zigzag(out, static_cast<int64_t>(bucket) - before);
            before = static_cast<int64_t>(bucket);
        }
    }
}

bool get_histogram(ByteReader& in, Histogram& out) {
    uint8_t flags = 0;
    if (!in.le(&flags) || (flags & ~FLAGS_KNOWN) != 0) return false;
    out.reset_hint = static_cast<Histogram::ResetHint>(flags & HINT_MASK);
    if (!get_histogram_layout(in, (flags & USUAL_ZERO) == 0, out)) return false;
    if (out.bucket_count() > in.left()) return false;  // a bucket takes a byte at least
    if ((flags & INTEGERS) != 0) {
        uint64_t zero_count = 0;
        uint64_t count = 0;
        if (!in.varint(&zero_count) || ((flags & NO_COUNT) == 0 && !in.varint(&count))) return false;
        out.zero_count = static_cast<double>(zero_count);
        out.count = static_cast<double>(count);
        if (!get_integers(in, out.positive_buckets) || !get_integers(in, out.negative_buckets)) return false;
    } else {
        if (!get_plain_value(in, &out.zero_count) || ((flags & NO_COUNT) == 0 && !get_plain_value(in, &out.count)))
            return false;
        if (!get_values(in, out.positive_buckets) || !get_values(in, out.negative_buckets)) return false;
    }
    if ((flags & NO_COUNT) != 0) out.count = sum_of_buckets(out);
    return true;
}

}  // namespace belfry::codec
