#include "codec/integer_column.h"

#include "base/bytes.h"
#include "codec/bit_stream.h"

// Format, version 1. Little-endian varints, then a bit stream (most significant bit first, zero-padded to a byte).
//
//   u8 kind
//   kind 0..2  differences of that order. First values: zigzag varint each, `order` of them (the value; the first
//   difference).
//              Then the bit stream of the other residuals.
//   kind 3     straight line: zigzag start, zigzag step. No bit stream.
//   kind 4     constant: zigzag value. No bit stream.
//   kind 5     distances from a line: zigzag start, zigzag step; the bit stream of value[i] - start - i * step for i
//   >= 1.
//
//   Bit stream: groups of 128 residuals (the last one shorter). A group:
//     7 bits  width w of the centre's zigzag, w bits the centre c
//     6 bits  k
//     k = 63  every residual is c
//     k = 62  sparse: 7 bits count - 1, 6 bits width - 1, then count times: 7 bits index, width bits zigzag(residual -
//     c); others are c else    Golomb-Rice of z = zigzag(residual - c): (z >> k) zeros, a one, the low k bits;
//             or the escape: 20 zeros, 6 bits width - 1, width bits z
//
// All arithmetic wraps modulo 2^64, so every column of integers has an encoding.
//
// Encoding takes one estimate pass: absolute distances from the mean of each group, whose logarithm is nearly what Rice
// codes cost; the means of differences telescope, so they are free. Trying each order and parameter in full took 63-83
// ns a value for 1 % fewer bytes.

namespace belfry::codec {
namespace {

constexpr size_t GROUP = 128;
constexpr unsigned ESCAPE_ZEROS = 20;  // a longer unary part would cost more than the width and the bits
constexpr unsigned K_SPARSE = 62;
constexpr unsigned K_EQUAL = 63;

enum Kind : uint8_t { ORDER_0 = 0, ORDER_1 = 1, ORDER_2 = 2, LINE = 3, CONSTANT = 4, SLOPED = 5 };

// Wrapping arithmetic on int64_t.
int64_t add(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t sub(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t mul(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

uint64_t distance(int64_t a, int64_t b) {
    const int64_t d = sub(a, b);
    return static_cast<uint64_t>(d < 0 ? -static_cast<uint64_t>(d) : static_cast<uint64_t>(d));
}

unsigned bit_width(uint64_t v) {
    return 64U - static_cast<unsigned>(std::countl_zero(v | 1)) - (v == 0 ? 1U : 0U);
}

// About what `count` residuals cost in bits, of which `others` differ from the one before and which lie `total` away
// from their mean.
double estimated_bits(size_t count, size_t others, double total) {
    const auto n = static_cast<double>(count);
    const double rice = n * (1.5 + std::log2(1 + total / n));
    const double sparse = static_cast<double>(others) * (9 + std::log2(1 + total / (static_cast<double>(others) + 1)));
    return 20 + std::min(rice, sparse);
}

// Estimated size in bits of each order, over groups of the column.
std::array<double, 3> estimate_orders(std::span<const int64_t> v) {
    std::array<double, 3> bits{};
    for (size_t s = 0; s < v.size(); s += GROUP) {
        const size_t e = std::min(v.size(), s + GROUP);
        const size_t b = std::max<size_t>(s, 2);
        if (b >= e) continue;
        const auto n = static_cast<int64_t>(e - b);
        const int64_t before = sub(v[b - 1], v[b - 2]);
        const int64_t mean_1 = sub(v[e - 1], v[b - 1]) / n;
        const int64_t mean_2 = sub(sub(v[e - 1], v[e - 2]), before) / n;
        int64_t total = 0;
        for (size_t i = b; i < e; i++)
            total = add(total, sub(v[i], v[b]));
        const int64_t mean_0 = add(v[b], total / n);
        uint64_t total_0 = 0;
        uint64_t total_1 = 0;
        uint64_t total_2 = 0;
        size_t changed = 0;
        size_t changed_1 = 0;
        int64_t previous = v[b - 1];
        int64_t difference = before;
        for (size_t i = b; i < e; i++) {
            const int64_t d1 = sub(v[i], previous);
            const int64_t d2 = sub(d1, difference);
            // 2^56: 128 of them fit the sum.
            total_0 += std::min(distance(v[i], mean_0), uint64_t{1} << 56);
            total_1 += std::min(distance(d1, mean_1), uint64_t{1} << 56);
            total_2 += std::min(distance(d2, mean_2), uint64_t{1} << 56);
            changed += d1 != 0;
            changed_1 += d2 != 0;
            previous = v[i];
            difference = d1;
        }
        bits[0] += estimated_bits(e - b, e - b, static_cast<double>(total_0));
        bits[1] += estimated_bits(e - b, changed, static_cast<double>(total_1));
        bits[2] += estimated_bits(e - b, changed_1, static_cast<double>(total_2));
    }
    return bits;
}

double estimate_slope(std::span<const int64_t> v, int64_t slope) {
    double bits = 0;
    for (size_t s = 0; s < v.size(); s += GROUP) {
        const size_t e = std::min(v.size(), s + GROUP);
        const auto at = [&](size_t i) { return sub(v[i], mul(slope, static_cast<int64_t>(i))); };
        const int64_t mean = add(at(s), sub(at(e - 1), at(s)) / 2);
        uint64_t total = 0;
        for (size_t i = s; i < e; i++)
            total += std::min(distance(at(i), mean), uint64_t{1} << 56);
        bits += estimated_bits(e - s, e - s, static_cast<double>(total));
    }
    return bits;
}

// The median of every fourth residual: near enough to the centre that minimises the codes, and safe from outliers.
int64_t find_centre(const int64_t* r, size_t n) {
    constexpr size_t STEP = 4;
    int64_t picked[GROUP / STEP] = {};
    size_t count = 0;
    for (size_t i = n > STEP ? STEP / 2 : 0; i < n; i += STEP)
        picked[count++] = r[i];
    std::nth_element(picked, picked + count / 2, picked + count);
    return picked[count / 2];
}

unsigned code_bits(uint64_t z, unsigned k) {
    const uint64_t q = z >> k;
    return q < ESCAPE_ZEROS ? static_cast<unsigned>(q) + 1 + k : ESCAPE_ZEROS + 6 + bit_width(z);
}

struct RiceChoice {
    unsigned k = 0;
    uint64_t bits = 0;
};

RiceChoice choose_parameter(const uint64_t* z, size_t n, uint64_t total, uint64_t largest) {
    // Outliers spoil the mean: then look at the codes themselves, from the mean down.
    unsigned k = bit_width(total / n);
    const bool outliers = largest / 64 > total / n;
    const unsigned tries = outliers ? k + 1 : std::min(k + 1, 3U);
    RiceChoice best{0, ~0ULL};
    k = std::min(k, 60U);
    for (unsigned t = 0; t < tries; t++) {
        uint64_t bits = 0;
        if (outliers) {
            for (size_t i = 0; i < n; i++)
                bits += code_bits(z[i], k);
        } else {
            for (size_t i = 0; i < n; i++)
                bits += z[i] >> k;
            bits += n * (k + 1);
        }
        if (bits < best.bits)
            best = {k, bits};
        else
            break;  // convex but for the escapes
        if (k == 0) break;
        k--;
    }
    return best;
}

void put_group(BitWriter& out, const int64_t* r, size_t n) {
    const int64_t centre = find_centre(r, n);
    uint64_t z[GROUP];
    uint64_t total = 0;
    uint64_t all = 0;
    size_t others = 0;
    for (size_t i = 0; i < n; i++) {
        z[i] = zigzag(sub(r[i], centre));
        total += z[i] >> 7;
        all |= z[i];
        others += z[i] != 0;
    }
    if (all < uint64_t{1} << 56) {
        total = 0;
        for (size_t i = 0; i < n; i++)
            total += z[i];
    } else {
        total = std::min(total, (uint64_t{1} << 57) - 1) << 7;
    }
    const uint64_t centre_code = zigzag(centre);
    out.begin_group();
    out.put(bit_width(centre_code), 7);
    out.put_wide(centre_code, bit_width(centre_code));
    if (others == 0) {
        out.put(K_EQUAL, 6);
        out.end_group();
        return;
    }
    const RiceChoice rice = choose_parameter(z, n, total, all);
    const unsigned width = bit_width(all);
    if (13 + others * (7 + width) < rice.bits) {
        out.put(K_SPARSE, 6);
        out.put(others - 1, 7);
        out.put(width - 1, 6);
        for (size_t i = 0; i < n; i++) {
            if (z[i] == 0) continue;
            out.put(i, 7);
            out.put_wide(z[i], width);
        }
        out.end_group();
        return;
    }
    const unsigned k = rice.k;
    out.put(k, 6);
    const uint64_t mask = (uint64_t{1} << k) - 1;
    for (size_t i = 0; i < n; i++) {
        const uint64_t q = z[i] >> k;
        if (q >= ESCAPE_ZEROS) {
            const unsigned w = bit_width(z[i]);
            out.put(0, ESCAPE_ZEROS);
            out.put(w - 1, 6);
            out.put_wide(z[i], w);
        } else if (k <= 36) {
            out.put((z[i] & mask) | (mask + 1), static_cast<unsigned>(q) + 1 + k);
        } else {
            out.put(1, static_cast<unsigned>(q) + 1);
            out.put_wide(z[i] & mask, k);
        }
    }
    out.end_group();
}

// Residuals of a group, v[begin..end), of the given kind.
void residuals(std::span<const int64_t> v, size_t begin, size_t end, Kind kind, int64_t slope, int64_t* r) {
    if (kind == ORDER_0) {
        for (size_t i = begin; i < end; i++)
            r[i - begin] = v[i];
    } else if (kind == ORDER_1) {
        for (size_t i = begin; i < end; i++)
            r[i - begin] = sub(v[i], v[i - 1]);
    } else if (kind == ORDER_2) {
        for (size_t i = begin; i < end; i++)
            r[i - begin] = sub(sub(v[i], v[i - 1]), sub(v[i - 1], v[i - 2]));
    } else {
        for (size_t i = begin; i < end; i++)
            r[i - begin] = sub(sub(v[i], v[0]), mul(slope, static_cast<int64_t>(i)));
    }
}

size_t first_coded(Kind kind) {
    return kind == SLOPED ? 1 : static_cast<size_t>(kind);
}

// A code that is an escape or whose parameter is too wide for one look at the bits.
uint64_t get_long_code(BitReader& in, unsigned k) {
    const auto zeros = static_cast<unsigned>(std::countl_zero(in.peek()));
    if (zeros < ESCAPE_ZEROS) {
        in.skip(zeros + 1);
        return (uint64_t{zeros} << k) | in.get(k);
    }
    in.skip(ESCAPE_ZEROS);
    const auto width = static_cast<unsigned>(in.get(6)) + 1;
    return in.get(width);
}

// One group of Rice codes. A look at the bits is a load and a byte swap that wait for the position, so as many codes as
// surely fit are taken from each: what one code waits for is then the count of zeros and a shift.
void get_rice_group(BitReader& in, unsigned k, int64_t centre, int64_t* r, size_t n) {
    constexpr unsigned GOOD_BITS = 57;
    constexpr unsigned K_PAIRS = 16;            // with a larger parameter a second code hardly ever fits
    const unsigned longest = ESCAPE_ZEROS + k;  // of a code that is no escape
    const unsigned width = k + 1;               // the one and the k low bits
    const uint64_t one = uint64_t{1} << (k & 63);
    if (k > K_PAIRS) {
        for (size_t i = 0; i < n; i++) {
            const uint64_t window = in.peek();
            const auto zeros = static_cast<unsigned>(std::countl_zero(window));
            uint64_t z = 0;
            if (zeros < ESCAPE_ZEROS && longest <= GOOD_BITS) [[likely]] {
                z = ((window << zeros) >> (64 - width)) - one + (uint64_t{zeros} << k);
                in.skip(zeros + width);
            } else {
                z = get_long_code(in, k);
            }
            r[i] = add(centre, unzigzag(z));
        }
        return;
    }
    for (size_t i = 0; i < n;) {
        uint64_t window = in.peek();
        unsigned used = 0;
        do {
            const auto zeros = static_cast<unsigned>(std::countl_zero(window));
            if (zeros >= ESCAPE_ZEROS) [[unlikely]] {
                in.skip(used);
                used = 0;
                r[i++] = add(centre, unzigzag(get_long_code(in, k)));
                break;
            }
            const uint64_t z = ((window << zeros) >> (64 - width)) - one + (uint64_t{zeros} << k);
            window <<= zeros + width;
            used += zeros + width;
            r[i++] = add(centre, unzigzag(z));
        } while (i < n && used + longest <= GOOD_BITS);
        in.skip(used);
    }
}

Status get_group(BitReader& in, int64_t* r, size_t n) {
    const auto centre_width = static_cast<unsigned>(in.get(7));
    if (centre_width > 64) return make_error(Code::corrupt, "integer column: centre of {} bits", centre_width);
    const int64_t centre = unzigzag(in.get(centre_width));
    const auto k = static_cast<unsigned>(in.get(6));
    if (k == K_EQUAL || k == K_SPARSE) std::fill_n(r, n, centre);
    if (k == K_EQUAL) return {};
    if (k == K_SPARSE) {
        const size_t others = in.get(7) + 1;
        const auto width = static_cast<unsigned>(in.get(6)) + 1;
        for (size_t i = 0; i < others; i++) {
            const size_t index = in.get(7);
            if (index >= n) return make_error(Code::corrupt, "integer column: index {} in a group of {}", index, n);
            r[index] = add(centre, unzigzag(in.get(width)));
        }
        return {};
    }
    get_rice_group(in, k, centre, r, n);
    return {};
}

}  // namespace

void encode_integers(std::span<const int64_t> v, std::string& out, std::span<const int64_t> slopes) {
    if (v.empty()) return;
    const int64_t step = v.size() > 1 ? sub(v[1], v[0]) : 0;
    size_t straight = 1;
    while (straight < v.size() && sub(v[straight], v[straight - 1]) == step)
        straight++;
    if (straight == v.size()) {
        out.push_back(static_cast<char>(step == 0 ? CONSTANT : LINE));
        put_zigzag(out, v[0]);
        if (step != 0) put_zigzag(out, step);
        return;
    }
    const std::array<double, 3> bits = estimate_orders(v);
    Kind kind = ORDER_0;
    double best = bits[0];
    if (bits[1] < best) best = bits[1], kind = ORDER_1;
    if (bits[2] < best && v.size() > 2) best = bits[2], kind = ORDER_2;
    int64_t slope = 0;
    for (const int64_t candidate : slopes) {
        const double cost = estimate_slope(v, candidate);
        if (cost < best) best = cost, kind = SLOPED, slope = candidate;
    }
    out.push_back(static_cast<char>(kind));
    if (kind != ORDER_0) put_zigzag(out, v[0]);
    if (kind == ORDER_2) put_zigzag(out, sub(v[1], v[0]));
    if (kind == SLOPED) put_zigzag(out, slope);
    BitWriter writer(out);
    int64_t r[GROUP];
    for (size_t s = first_coded(kind); s < v.size(); s += GROUP) {
        const size_t e = std::min(v.size(), s + GROUP);
        residuals(v, s, e, kind, slope, r);
        put_group(writer, r, e - s);
    }
    writer.finish();
}

Status decode_integers(std::string_view bytes, std::span<int64_t> out) {
    if (out.empty())
        return bytes.empty() ? Status()
                             : make_error(Code::corrupt, "integer column: {} bytes for nothing", bytes.size());
    const auto torn = [] { return make_error(Code::corrupt, "integer column: ends in its header"); };
    ByteReader reader(bytes);
    uint8_t raw_kind = 0;
    if (!reader.le(&raw_kind)) return torn();
    if (raw_kind > SLOPED) return make_error(Code::corrupt, "integer column: kind {}", raw_kind);
    const auto kind = static_cast<Kind>(raw_kind);
    int64_t start = 0;
    int64_t step = 0;
    if (kind != ORDER_0 && !reader.zigzag64(&start)) return torn();
    if ((kind == ORDER_2 || kind == LINE || kind == SLOPED) && !reader.zigzag64(&step)) return torn();
    if (kind == LINE || kind == CONSTANT) {
        int64_t value = start;
        for (int64_t& v : out)
            v = value, value = add(value, step);
        return reader.done() ? Status() : make_error(Code::corrupt, "integer column: {} bytes too many", reader.left());
    }
    const size_t first = first_coded(kind);
    if (first > out.size())
        return make_error(Code::corrupt, "integer column: order {} of {} values", raw_kind, out.size());
    if (first > 0) out[0] = start;
    if (kind == ORDER_2) out[1] = add(start, step);
    const std::string_view stream = bytes.substr(bytes.size() - reader.left());
    BitReader in(stream);
    int64_t value = kind == ORDER_2 ? out[1] : start;
    for (size_t s = first; s < out.size(); s += GROUP) {
        const size_t e = std::min(out.size(), s + GROUP);
        if (Status status = get_group(in, &out[s], e - s); !status) return status;
        if (in.overrun()) return make_error(Code::corrupt, "integer column: ends in value {} of {}", s, out.size());
        if (kind == ORDER_1) {
            for (size_t i = s; i < e; i++)
                out[i] = value = add(value, out[i]);
        } else if (kind == ORDER_2) {
            for (size_t i = s; i < e; i++) {
                step = add(step, out[i]);
                out[i] = value = add(value, step);
            }
        } else if (kind == SLOPED) {
            for (size_t i = s; i < e; i++)
                out[i] = add(add(out[i], start), mul(step, static_cast<int64_t>(i)));
        }
    }
    if (in.bytes_read() != stream.size())
        return make_error(Code::corrupt, "integer column: {} bytes too many", stream.size() - in.bytes_read());
    return {};
}

}  // namespace belfry::codec
