#pragma once

#include "base/bytes.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace belfry::codec {

// One double by itself, u = varint:
//
//   u & 3 = 0: unzigzag(u >> 2)      1: unzigzag(u >> 2) / 100      2: unzigzag(u >> 2) / 1000
//           3: (u >> 2) = e in 1..15: zigzag m follows, value m / 10^e;  (u >> 2) = 0: 8 bytes follow, the double's
//           bits
//
// A value takes a decimal form only when that gives back all 64 bits.

namespace plain_value {

inline constexpr double POWERS[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
inline constexpr double MANTISSA_MAX =
    1e15;  // m and 10^e are exact doubles: m / 10^e is the double nearest to the decimal
inline constexpr int EXPONENT_MAX = 15;

/// m / 10^e == v to the last bit? Then `*mantissa` = m.
inline bool decimal(double v, int e, int64_t* mantissa) {
    const double scaled = v * POWERS[e];
    if (!(scaled < MANTISSA_MAX && scaled > -MANTISSA_MAX)) return false;  // NaN too
    const auto m = static_cast<int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
    if (std::bit_cast<uint64_t>(static_cast<double>(m) / POWERS[e]) != std::bit_cast<uint64_t>(v)) return false;
    *mantissa = m;
    return true;
}

}  // namespace plain_value

inline constexpr size_t PLAIN_VALUE_BYTES_MAX = 11;  // exponent byte and a 10-byte varint, or tag and 8 bytes

/// Varints without a capacity check each: the caller has made room. Inline, because the log writes a value of each
/// sample.
class RawOut {
  public:
    explicit RawOut(char* p) : p_(p) {}
    void varint(uint64_t v) {
        while (v > 127) {
            *p_++ = static_cast<char>((v & 127) | 128);
            v >>= 7;
        }
        *p_++ = static_cast<char>(v);
    }
    void bits(double v) {
        std::memcpy(p_, &v, 8);
        p_ += 8;
    }
    [[nodiscard]] char* position() const { return p_; }

  private:
    char* p_;
};

inline void put_plain_value(RawOut& out, double v) {
    using plain_value::decimal;
    int64_t m = 0;
    if (decimal(v, 0, &m)) {
        out.varint(zigzag(m) << 2);
    } else if (decimal(v, 2, &m)) {
        out.varint(zigzag(m) << 2 | 1);
    } else if (decimal(v, 3, &m)) {
        out.varint(zigzag(m) << 2 | 2);
    } else {
        for (const int e : {6, 9, 12, 15}) {
            if (!decimal(v, e, &m)) continue;
            // A smaller exponent may do; the mantissa says so.
            int exponent = e;
            while (exponent > 1 && m % 10 == 0) {
                m /= 10;
                --exponent;
            }
            if (zigzag(m) >> 49 != 0) break;  // 8 bytes and a tag are no longer than that
            out.varint(static_cast<uint64_t>(exponent) << 2 | 3);
            out.varint(zigzag(m));
            return;
        }
        out.varint(3);
        out.bits(v);
    }
}

inline void put_plain_value(std::string& out, double v) {
    char bytes[PLAIN_VALUE_BYTES_MAX];
    RawOut raw(bytes);
    put_plain_value(raw, v);
    out.append(bytes, static_cast<size_t>(raw.position() - bytes));
}

[[nodiscard]] inline bool get_plain_value(ByteReader& in, double* v) {
    uint64_t u = 0;
    if (!in.varint(&u)) return false;
    const uint64_t rest = u >> 2;
    switch (u & 3) {
        case 0: *v = static_cast<double>(unzigzag(rest)); return true;
        case 1: *v = static_cast<double>(unzigzag(rest)) / 1e2; return true;
        case 2: *v = static_cast<double>(unzigzag(rest)) / 1e3; return true;
        default: break;
    }
    if (rest == 0) return in.le(v);
    uint64_t m = 0;
    if (rest > plain_value::EXPONENT_MAX || !in.varint(&m)) return false;
    *v = static_cast<double>(unzigzag(m)) / plain_value::POWERS[rest];
    return true;
}

}  // namespace belfry::codec
