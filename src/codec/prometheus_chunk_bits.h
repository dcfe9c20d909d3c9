#pragma once

#include "base/bytes.h"

#include <bit>
#include <cstdint>
#include <string>

namespace belfry::codec {

/// Bits of Prometheus' chunks, most significant first, appended to a string.
class ChunkBits {
  public:
    explicit ChunkBits(std::string& out) : out_(out) {}

    /// The low `width` (0..64) bits of `value`; others are ignored.
    void put(uint64_t value, unsigned width) {
        if (width > 32) {
            put(value >> 32, width - 32);
            width = 32;
        }
        pending_ = pending_ << width | (value & ((uint64_t{1} << width) - 1));
        pending_bits_ += width;
        if (pending_bits_ < 32) return;
        pending_bits_ -= 32;
        put_be32(out_, static_cast<uint32_t>(pending_ >> pending_bits_));
    }
    void put_float(double value) { put(std::bit_cast<uint64_t>(value), 64); }
    /// The shortest of the ranges 3, 6, 9, 12, 18, 25, 56 and 64 bits, after as many ones and a zero.
    void put_varbit(int64_t value) {
        if (value == 0) return put(0, 1);
        for (unsigned i = 0; i < VARBIT_RANGES; ++i) {
            const int64_t half = int64_t{1} << (VARBIT_WIDTHS[i] - 1);
            if (value > -half && value <= half) return put_ranged(static_cast<uint64_t>(value), i);
        }
        put(0xff, 8);
        put(static_cast<uint64_t>(value), 64);
    }
    void put_varbit_unsigned(uint64_t value) {
        if (value == 0) return put(0, 1);
        for (unsigned i = 0; i < VARBIT_RANGES; ++i)
            if (value >> VARBIT_WIDTHS[i] == 0) return put_ranged(value, i);
        put(0xff, 8);
        put(value, 64);
    }
    /// The last byte, padded with zeros. Once, at the end.
    void finish() {
        for (; pending_bits_ >= 8; pending_bits_ -= 8)
            out_.push_back(static_cast<char>(pending_ >> (pending_bits_ - 8)));
        if (pending_bits_ > 0) out_.push_back(static_cast<char>(pending_ << (8 - pending_bits_)));
    }

  private:
    static constexpr unsigned VARBIT_RANGES = 7;
    static constexpr unsigned VARBIT_WIDTHS[VARBIT_RANGES] = {3, 6, 9, 12, 18, 25, 56};

    void put_ranged(uint64_t value, unsigned range) {
        put((uint64_t{1} << (range + 2)) - 2, range + 2);  // range + 1 ones and a zero
        put(value, VARBIT_WIDTHS[range]);
    }

    std::string& out_;
    uint64_t pending_ = 0;       // right-aligned
    unsigned pending_bits_ = 0;  // 0..31 between calls
};

/// One column of floats as the XOR of neighbours (Gorilla, VLDB 2015).
class XorColumn {
  public:
    void first(double value, ChunkBits& bits) {
        last_ = std::bit_cast<uint64_t>(value);
        bits.put(last_, 64);
    }
    void next(double value, ChunkBits& bits) {
        const uint64_t raw = std::bit_cast<uint64_t>(value);
        const uint64_t change = raw ^ last_;
        last_ = raw;
        if (change == 0) return bits.put(0, 1);
        const auto leading = static_cast<unsigned>(std::min(std::countl_zero(change), 31));
        const auto trailing = static_cast<unsigned>(std::countr_zero(change));
        if (has_window_ && leading >= leading_ && trailing >= trailing_) {
            bits.put(0b10, 2);
            bits.put(change >> trailing_, 64 - leading_ - trailing_);
            return;
        }
        has_window_ = true;
        leading_ = leading;
        trailing_ = trailing;
        const unsigned width = 64 - leading - trailing;
        bits.put(0b11, 2);
        bits.put(leading, 5);
        bits.put(width & 63, 6);  // 64 is written as 0
        bits.put(change >> trailing, width);
    }

  private:
    uint64_t last_ = 0;
    unsigned leading_ = 0;
    unsigned trailing_ = 0;
    bool has_window_ = false;
};

}  // namespace belfry::codec
