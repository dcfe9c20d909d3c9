#include "codec/utf8.h"

#include "base/bytes.h"

namespace belfry::codec {
namespace {

// Length of the well-formed character at `p`, 0 when there is none.
size_t character_length(const char* p, size_t left) {
    const auto byte = [&](size_t i) { return i < left ? static_cast<uint8_t>(p[i]) : uint8_t{0}; };
    const auto tail = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const uint8_t a = byte(0);
    if (a < 0x80) return 1;
    if (a < 0xC2) return 0;
    if (a < 0xE0) return tail(1) ? 2 : 0;
    if (a < 0xF0) {
        if (!tail(1) || !tail(2)) return 0;
        if (a == 0xE0 && byte(1) < 0xA0) return 0;   // overlong
        if (a == 0xED && byte(1) >= 0xA0) return 0;  // surrogate
        return 3;
    }
    if (a > 0xF4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if (a == 0xF0 && byte(1) < 0x90) return 0;   // overlong
    if (a == 0xF4 && byte(1) >= 0x90) return 0;  // past U+10FFFF
    return 4;
}

}  // namespace

size_t utf8_prefix(std::string_view bytes) {
    const char* p = bytes.data();
    size_t at = 0;
    while (at < bytes.size()) {
        // Eight ASCII bytes at a time: nearly all names and values are.
        while (at + 8 <= bytes.size() && (get_le<uint64_t>(p + at) & 0x8080808080808080ULL) == 0) at += 8;
        if (at == bytes.size()) break;
        const size_t length = character_length(p + at, bytes.size() - at);
        if (length == 0) return at;
        at += length;
    }
    return at;
}

bool is_utf8(std::string_view bytes) { return utf8_prefix(bytes) == bytes.size(); }

}  // namespace belfry::codec
