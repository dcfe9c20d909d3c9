#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace belfry::codec {

/// Bits, most significant first, appended to a string a group at a time: between `begin_group` and `end_group` at most
/// GROUP_BYTES_MAX bytes.
class BitWriter {
  public:
    static constexpr size_t GROUP_BYTES_MAX = 2048;

    explicit BitWriter(std::string& out) : out_(out) {}

    void begin_group() { p_ = buffer_; }
    void end_group() { out_.append(buffer_, static_cast<size_t>(p_ - buffer_)); }

    /// The low `width` bits of `value`, whose other bits are zero. `width` is 0..56.
    void put(uint64_t value, unsigned width) {
        if (width == 0) return;
        pending_ |= value << (64 - pending_bits_ - width);
        pending_bits_ += width;
        const uint64_t bytes = __builtin_bswap64(pending_);
        std::memcpy(p_, &bytes, sizeof bytes);
        p_ += pending_bits_ >> 3;
        pending_ <<= pending_bits_ & ~7U;
        pending_bits_ &= 7U;
    }
    /// `width` is 0..64.
    void put_wide(uint64_t value, unsigned width) {
        if (width > 32) {
            put(value >> 32, width - 32);
            put(value & 0xffffffffU, 32);
        } else {
            put(value, width);
        }
    }
    /// The last, partly filled byte, padded with zeros. Outside of a group, once, at the end.
    void finish() {
        if (pending_bits_ > 0) out_.push_back(static_cast<char>(pending_ >> 56));
    }

  private:
    std::string& out_;
    uint64_t pending_ = 0;       // left-aligned
    unsigned pending_bits_ = 0;  // 0..7 between calls
    char* p_ = nullptr;
    char buffer_[GROUP_BYTES_MAX + 8];
};

/// Reads what BitWriter wrote. Past the end it reads zeros and says so in `overrun`: decoders with a bounded number of
/// reads check once, at the end.
class BitReader {
  public:
    explicit BitReader(std::string_view bytes) : base_(bytes.data()), size_(bytes.size()) {}

    /// The next bits, left-aligned; at least 57 of them are good.
    [[nodiscard]] uint64_t peek() const {
        const size_t byte = position_ >> 3;
        uint64_t window = 0;
        if (byte + 8 <= size_) [[likely]]
            std::memcpy(&window, base_ + byte, 8);
        else if (byte < size_)
            std::memcpy(&window, base_ + byte, size_ - byte);
        return __builtin_bswap64(window) << (position_ & 7);
    }
    void skip(unsigned bits) { position_ += bits; }

    /// `width` is 0..64.
    [[nodiscard]] uint64_t get(unsigned width) {
        if (width == 0) return 0;
        if (width > 56) {
            const uint64_t high = get(32);
            return high << (width - 32) | get(width - 32);
        }
        const uint64_t value = peek() >> (64 - width);
        position_ += width;
        return value;
    }

    [[nodiscard]] bool overrun() const { return position_ > size_ * 8; }
    /// Whole bytes that were read, the last one perhaps in part.
    [[nodiscard]] size_t bytes_read() const { return (position_ + 7) >> 3; }

  private:
    const char* base_;
    size_t size_;
    size_t position_ = 0;  // in bits
};

}  // namespace belfry::codec
