#pragma once

#include "base/result.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace belfry {

/// Bytes travel as std::string (owned) and std::string_view (borrowed). All integers on disk are little-endian
/// unless a key needs byte order (then `put_be64`).
template <typename T>
void put_le(std::string& out, T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof raw);  // x86-64 and arm64 are little-endian; base/bytes.cpp asserts it
    out.append(raw, sizeof raw);
}

template <typename T>
[[nodiscard]] T get_le(const char* p) {
    T value;
    std::memcpy(&value, p, sizeof value);
    return value;
}

template <typename T>
void set_le(char* p, T value) {
    std::memcpy(p, &value, sizeof value);
}

inline void put_be64(std::string& out, uint64_t value) { put_le(out, __builtin_bswap64(value)); }
inline void put_be32(std::string& out, uint32_t value) { put_le(out, __builtin_bswap32(value)); }
[[nodiscard]] inline uint64_t get_be64(const char* p) { return __builtin_bswap64(get_le<uint64_t>(p)); }
[[nodiscard]] inline uint32_t get_be32(const char* p) { return __builtin_bswap32(get_le<uint32_t>(p)); }

/// LEB128 as in Protocol Buffers: 7 bits a byte, low first, at most 10 bytes.
inline void put_varint(std::string& out, uint64_t value) {
    while (value > 127) {
        out.push_back(static_cast<char>((value & 127) | 128));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

/// Signed to unsigned so that small magnitudes stay small: 0, -1, 1, -2 -> 0, 1, 2, 3.
[[nodiscard]] inline uint64_t zigzag(int64_t v) {
    return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
[[nodiscard]] inline int64_t unzigzag(uint64_t v) {
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

inline void put_zigzag(std::string& out, int64_t value) { put_varint(out, zigzag(value)); }
inline void put_sized(std::string& out, std::string_view bytes) {
    put_varint(out, bytes.size());
    out.append(bytes);
}

/// Reads bytes from outside: never past the end; every failure is `corrupt` and leaves the reader failed.
/// Borrow: the views it returns are valid as long as the input.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : p_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] size_t left() const { return static_cast<size_t>(end_ - p_); }
    [[nodiscard]] bool done() const { return p_ == end_; }
    [[nodiscard]] const char* position() const { return p_; }

    [[nodiscard]] bool varint(uint64_t* value) {
        uint64_t out = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (p_ == end_) return false;
            const auto byte = static_cast<uint8_t>(*p_++);
            if (shift == 63 && byte > 1) return false;
            out |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) {
                *value = out;
                return true;
            }
        }
        return false;
    }
    [[nodiscard]] bool zigzag64(int64_t* value) {
        uint64_t raw = 0;
        if (!varint(&raw)) return false;
        *value = unzigzag(raw);
        return true;
    }
    template <typename T>
    [[nodiscard]] bool le(T* value) {
        if (left() < sizeof(T)) return false;
        *value = get_le<T>(p_);
        p_ += sizeof(T);
        return true;
    }
    [[nodiscard]] bool bytes(size_t count, std::string_view* out) {
        if (left() < count) return false;
        *out = {p_, count};
        p_ += count;
        return true;
    }
    [[nodiscard]] bool sized(std::string_view* out) {
        uint64_t count = 0;
        return varint(&count) && count <= left() && bytes(static_cast<size_t>(count), out);
    }

  private:
    const char* p_;
    const char* end_;
};

/// A checked integer conversion: INVARIANT when the value does not fit.
template <typename To, typename From>
[[nodiscard]] constexpr To narrow(From value) {
    const To out = static_cast<To>(value);
    INVARIANT(static_cast<From>(out) == value && (out < To{}) == (value < From{}), "value fits the narrower type");
    return out;
}

}  // namespace belfry
