#include "codec/chunk.h"

#include "codec/decimal.h"
#include "model/sample.h"

// Format of a summary, version 1:
//
//   u8 header  bits 0-3 exponent 0..14, 15 = raw doubles;  bit 4 stale follows;  bit 5 resets follow
//              bit 6 sum is raw;  bit 7 reset_sum is raw
//   varint count, [varint stale], [varint resets]
//   raw:       min, max, first, last, sum (8 bytes each), [reset_sum (8 bytes)]
//   else:      integers at 10^exponent: zigzag first, zigzag last - first, varint first - min, varint max - first,
//              zigzag sum (or 8 bytes), [zigzag reset_sum (or 8 bytes)]

namespace belfry::codec {
namespace {

constexpr int RAW = 15;
constexpr uint8_t FLAG_STALE = 16;
constexpr uint8_t FLAG_RESETS = 32;
constexpr uint8_t FLAG_SUM_RAW = 64;
constexpr uint8_t FLAG_RESET_SUM_RAW = 128;

// A compensated sum (Neumaier 1974): the error does not grow with the number of values.
struct Sum {
    double total = 0;
    double compensation = 0;
    void add(double v) {
        const double t = total + v;
        if (std::isinf(t))
            compensation = 0;
        else if (std::fabs(total) >= std::fabs(v))
            compensation += (total - t) + v;
        else
            compensation += (v - t) + total;
        total = t;
    }
    [[nodiscard]] double value() const { return total + compensation; }
};

// Differences stay below 2^62 apart.
bool is_small_decimal(double value, int exponent, int64_t* integer) {
    return to_decimal(value, exponent, integer) && *integer < (int64_t{1} << 60) && *integer > -(int64_t{1} << 60);
}

struct Integers {
    int64_t min = 0;
    int64_t max = 0;
    int64_t first = 0;
    int64_t last = 0;
};

bool all_decimal(const ChunkSummary& s, int exponent, Integers* out) {
    return is_small_decimal(s.first, exponent, &out->first) && is_small_decimal(s.last, exponent, &out->last) &&
           is_small_decimal(s.min, exponent, &out->min) && is_small_decimal(s.max, exponent, &out->max) &&
           out->min <= out->first && out->first <= out->max;
}

bool read_sum(ByteReader& reader, bool raw, int exponent, double* out) {
    if (raw) return reader.le(out);
    int64_t integer = 0;
    if (!reader.zigzag64(&integer)) return false;
    *out = from_decimal(integer, exponent);
    return true;
}

}  // namespace

ChunkSummary summarize(std::span<const double> values) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    ChunkSummary s{.min = nan, .max = nan, .first = nan, .last = nan};
    Sum sum;
    Sum reset_sum;
    for (const double v : values) {
        if (model::is_stale(v)) {
            s.stale++;
            continue;
        }
        if (s.count == 0)
            s.first = v;
        else if (v < s.last) {
            s.resets++;
            reset_sum.add(s.last);
        }
        s.count++;
        s.last = v;
        sum.add(v);
        if (!(s.min <= v)) s.min = std::isnan(v) ? s.min : v;
        if (!(s.max >= v)) s.max = std::isnan(v) ? s.max : v;
    }
    s.sum = sum.value();
    s.reset_sum = reset_sum.value();
    return s;
}

void ChunkSummary::append(const ChunkSummary& next) {
    stale += next.stale;
    if (next.count == 0) return;
    if (count == 0) {
        const uint32_t all_stale = stale;
        *this = next;
        stale = all_stale;
        return;
    }
    if (next.first < last) {
        resets++;
        reset_sum += last;
    }
    count += next.count;
    resets += next.resets;
    reset_sum += next.reset_sum;
    sum += next.sum;
    last = next.last;
    if (!(min <= next.min)) min = std::isnan(next.min) ? min : next.min;
    if (!(max >= next.max)) max = std::isnan(next.max) ? max : next.max;
}

void encode_summary(const ChunkSummary& s, std::string& out) {
    Integers at;
    int exponent = 0;
    while (exponent < RAW && !all_decimal(s, exponent, &at))
        exponent++;
    int64_t sum = 0;
    int64_t reset_sum = 0;
    const bool sum_raw = exponent == RAW || !to_decimal(s.sum, exponent, &sum);
    const bool reset_sum_raw = exponent == RAW || !to_decimal(s.reset_sum, exponent, &reset_sum);
    out.push_back(static_cast<char>(exponent | (s.stale > 0 ? FLAG_STALE : 0) | (s.resets > 0 ? FLAG_RESETS : 0) |
                                    (sum_raw ? FLAG_SUM_RAW : 0) |
                                    (reset_sum_raw && s.resets > 0 ? FLAG_RESET_SUM_RAW : 0)));
    put_varint(out, s.count);
    if (s.stale > 0) put_varint(out, s.stale);
    if (s.resets > 0) put_varint(out, s.resets);
    if (exponent == RAW) {
        for (const double v : {s.min, s.max, s.first, s.last})
            put_le(out, v);
    } else {
        put_zigzag(out, at.first);
        put_zigzag(out, at.last - at.first);
        put_varint(out, static_cast<uint64_t>(at.first - at.min));
        put_varint(out, static_cast<uint64_t>(at.max - at.first));
    }
    if (sum_raw)
        put_le(out, s.sum);
    else
        put_zigzag(out, sum);
    if (s.resets == 0) return;
    if (reset_sum_raw)
        put_le(out, s.reset_sum);
    else
        put_zigzag(out, reset_sum);
}

Result<ChunkSummary> decode_summary(ByteReader& reader) {
    const auto torn = [] { return make_error(Code::corrupt, "chunk summary: torn"); };
    uint8_t header = 0;
    uint64_t count = 0;
    uint64_t stale = 0;
    uint64_t resets = 0;
    if (!reader.le(&header) || !reader.varint(&count)) return torn();
    if ((header & FLAG_STALE) != 0 && !reader.varint(&stale)) return torn();
    if ((header & FLAG_RESETS) != 0 && !reader.varint(&resets)) return torn();
    if (count > UINT32_MAX || stale > UINT32_MAX || resets > count)
        return make_error(Code::corrupt, "chunk summary: counts");
    ChunkSummary s{.count = static_cast<uint32_t>(count),
                   .stale = static_cast<uint32_t>(stale),
                   .resets = static_cast<uint32_t>(resets)};
    const int exponent = header & 15;
    if (exponent == RAW) {
        for (double* v : {&s.min, &s.max, &s.first, &s.last}) {
            if (!reader.le(v)) return torn();
        }
        if ((header & FLAG_SUM_RAW) == 0) return make_error(Code::corrupt, "chunk summary: header {:#x}", header);
    } else {
        int64_t first = 0;
        int64_t to_last = 0;
        uint64_t to_min = 0;
        uint64_t to_max = 0;
        if (!reader.zigzag64(&first) || !reader.zigzag64(&to_last) || !reader.varint(&to_min) ||
            !reader.varint(&to_max))
            return torn();
        const auto start = static_cast<uint64_t>(first);
        s.first = from_decimal(first, exponent);
        s.last = from_decimal(static_cast<int64_t>(start + static_cast<uint64_t>(to_last)), exponent);
        s.min = from_decimal(static_cast<int64_t>(start - to_min), exponent);
        s.max = from_decimal(static_cast<int64_t>(start + to_max), exponent);
    }
    const int sum_exponent = exponent == RAW ? 0 : exponent;
    if (!read_sum(reader, (header & FLAG_SUM_RAW) != 0, sum_exponent, &s.sum)) return torn();
    if (s.resets > 0 && !read_sum(reader, (header & FLAG_RESET_SUM_RAW) != 0, sum_exponent, &s.reset_sum))
        return torn();
    return s;
}

}  // namespace belfry::codec
