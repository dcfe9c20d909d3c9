#pragma once

#include "base/bytes.h"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::codec {

/// Walks the fields of a Protocol Buffers message (proto2/3 wire format) without building anything. Views are valid as
/// long as the message. Bytes from outside: after the loop ask `ok()`.
///
///     ProtoReader message(bytes);
///     while (message.next()) {
///         switch (message.field()) {
///             case 1: labels = message.bytes(); break;
///             case 2: time = message.int64(); break;
///             default: break;   // an unread field is skipped by next()
///         }
///     }
///     if (!message.ok()) ...
///
/// A value read as another type than its wire type makes the reader fail.
class ProtoReader {
  public:
    enum class Wire : uint8_t { varint = 0, fixed64 = 1, bytes = 2, group_start = 3, group_end = 4, fixed32 = 5 };

    explicit ProtoReader(std::string_view message) : p_(message.data()), end_(message.data() + message.size()) {}

    /// The next field; false at the end or when the message is malformed. Groups (deprecated since 2008) are malformed.
    [[nodiscard]] bool next() {
        if (p_ == end_) return false;
        uint64_t tag = 0;
        if (!varint(&tag) || tag >> 3 == 0 || tag >> 32 != 0) return fail();
        field_ = static_cast<uint32_t>(tag >> 3);
        wire_ = static_cast<Wire>(tag & 7);
        switch (wire_) {
            case Wire::varint: return varint(&number_) || fail();
            case Wire::fixed64: return fixed<uint64_t>() || fail();
            case Wire::fixed32: return fixed<uint32_t>() || fail();
            case Wire::bytes: {
                uint64_t size = 0;
                if (!varint(&size) || size > static_cast<uint64_t>(end_ - p_)) return fail();
                bytes_ = {p_, static_cast<size_t>(size)};
                p_ += size;
                return true;
            }
            default: return fail();
        }
    }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] uint32_t field() const { return field_; }
    [[nodiscard]] Wire wire() const { return wire_; }

    [[nodiscard]] std::string_view bytes() { return is(Wire::bytes) ? bytes_ : std::string_view(); }
    [[nodiscard]] uint64_t uint64() { return is(Wire::varint) ? number_ : 0; }
    [[nodiscard]] int64_t int64() { return static_cast<int64_t>(uint64()); }
    [[nodiscard]] uint32_t uint32() { return static_cast<uint32_t>(uint64()); }
    [[nodiscard]] int32_t int32() { return static_cast<int32_t>(uint64()); }
    [[nodiscard]] int64_t sint64() { return unzigzag(uint64()); }
    [[nodiscard]] bool boolean() { return uint64() != 0; }
    [[nodiscard]] uint64_t fixed64() { return is(Wire::fixed64) ? number_ : 0; }
    [[nodiscard]] uint32_t fixed32() { return is(Wire::fixed32) ? static_cast<uint32_t>(number_) : 0; }
    [[nodiscard]] double float64() { return std::bit_cast<double>(fixed64()); }
    [[nodiscard]] float float32() { return std::bit_cast<float>(fixed32()); }

    /// Where the field after this one begins: to keep the encoded form of a run of fields.
    [[nodiscard]] const char* position() const { return p_; }

  private:
    bool fail() {
        ok_ = false;
        p_ = end_;
        return false;
    }
    bool is(Wire wire) {
        if (wire_ == wire) return true;
        fail();
        return false;
    }
    template <typename T>
    bool fixed() {
        if (static_cast<size_t>(end_ - p_) < sizeof(T)) return false;
        number_ = get_le<T>(p_);
        p_ += sizeof(T);
        return true;
    }
    bool varint(uint64_t* out) {
        if (p_ != end_ && static_cast<uint8_t>(*p_) < 128) [[likely]] {
            *out = static_cast<uint8_t>(*p_++);
            return true;
        }
        return long_varint(out);
    }
    bool long_varint(uint64_t* out) {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 70 && p_ != end_; shift += 7) {
            const auto byte = static_cast<uint8_t>(*p_++);
            value |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) {
                *out = value;
                return shift < 63 || byte <= 1;
            }
        }
        return false;
    }

    const char* p_;
    const char* end_;
    std::string_view bytes_;
    uint64_t number_ = 0;
    uint32_t field_ = 0;
    Wire wire_ = Wire::varint;
    bool ok_ = true;
};

/// Appends fields. Nested messages are built first and appended as bytes. Fields are written even when zero: whoever
/// wants proto3's defaults left out does not call.
class ProtoWriter {
  public:
    explicit ProtoWriter(std::string& out) : out_(out) {}
    void varint(uint32_t field, uint64_t value) {
        tag(field, ProtoReader::Wire::varint);
        put_varint(out_, value);
    }
    void int64(uint32_t field, int64_t value) { varint(field, static_cast<uint64_t>(value)); }
    void float64(uint32_t field, double value) {
        tag(field, ProtoReader::Wire::fixed64);
        put_le(out_, std::bit_cast<uint64_t>(value));
    }
    void fixed64(uint32_t field, uint64_t value) {
        tag(field, ProtoReader::Wire::fixed64);
        put_le(out_, value);
    }
    void bytes(uint32_t field, std::string_view value) {
        tag(field, ProtoReader::Wire::bytes);
        put_sized(out_, value);
    }

  private:
    void tag(uint32_t field, ProtoReader::Wire wire) {
        put_varint(out_, uint64_t{field} << 3 | static_cast<uint64_t>(wire));
    }
    std::string& out_;
};

}  // namespace belfry::codec
