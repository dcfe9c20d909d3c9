#include "base/base64.h"

namespace belfry {
namespace {

constexpr std::string_view STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// -1: in no alphabet that is taken.
int value_of(char c, Base64Decoding takes) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if ((takes.standard && c == '+') || (takes.url && c == '-')) return 62;
    if ((takes.standard && c == '/') || (takes.url && c == '_')) return 63;
    return -1;
}

}  // namespace

std::string encode_base64(std::string_view bytes, Base64Encoding as) {
    const std::string_view letters = as.url ? URL : STANDARD;
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t at = 0; at < bytes.size(); at += 3) {
        uint32_t group = 0;
        for (size_t i = 0; i < 3; ++i)
            group = group << 8 | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0U);
        for (size_t i = 0; i < 4; ++i) {
            if (at + i <= bytes.size())
                out.push_back(letters[group >> (18 - 6 * i) & 63]);
            else if (as.padded)
                out.push_back('=');
        }
    }
    return out;
}

std::optional<std::string> decode_base64(std::string_view text, Base64Decoding takes) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    std::string out;
    out.reserve(text.size() / 4 * 3 + 2);
    uint32_t held = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = value_of(c, takes);
        if (value < 0) return std::nullopt;
        held = held << 6 | static_cast<uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>(held >> bits & 0xff));
        }
    }
    return out;
}

}  // namespace belfry
