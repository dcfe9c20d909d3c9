#include "model/md5.h"

#include "base/bytes.h"

#include <bit>
#include <cmath>
#include <string>

namespace belfry::model {
namespace {

constexpr uint32_t ROTATIONS[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// floor(2^32 * |sin(i + 1)|), RFC 1321 section 3.4.
const std::array<uint32_t, 64>& sines() {
    static const std::array<uint32_t, 64> table = [] {
        std::array<uint32_t, 64> out{};
        for (size_t i = 0; i < out.size(); i++)
            out[i] = static_cast<uint32_t>(std::floor(std::fabs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
        return out;
    }();
    return table;
}

void add_block(std::array<uint32_t, 4>& state, const char* block) {
    std::array<uint32_t, 16> words{};
    for (size_t i = 0; i < words.size(); i++)
        words[i] = get_le<uint32_t>(block + 4 * i);
    auto [a, b, c, d] = state;
    for (uint32_t i = 0; i < 64; i++) {
        const uint32_t round = i / 16;
        uint32_t f = 0;
        uint32_t word = 0;
        switch (round) {
            case 0: f = (b & c) | (~b & d), word = i; break;
            case 1: f = (d & b) | (~d & c), word = (5 * i + 1) % 16; break;
            case 2: f = b ^ c ^ d, word = (3 * i + 5) % 16; break;
            default: f = c ^ (b | ~d), word = (7 * i) % 16;
        }
        f += a + sines()[i] + words[word];
        a = d;
        d = c;
        c = b;
        b += std::rotl(f, static_cast<int>(ROTATIONS[round][i % 4]));
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::array<uint8_t, 16> md5(std::string_view bytes) {
    std::array<uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    size_t at = 0;
    for (; at + 64 <= bytes.size(); at += 64)
        add_block(state, bytes.data() + at);
    std::string last(bytes.substr(at));
    last += '\x80';
    last.resize(last.size() <= 56 ? 56 : 120, '\0');
    const uint64_t bits = static_cast<uint64_t>(bytes.size()) * 8;
    for (int i = 0; i < 8; i++)
        last += static_cast<char>(bits >> (8 * i));
    for (size_t i = 0; i < last.size(); i += 64)
        add_block(state, last.data() + i);
    std::array<uint8_t, 16> out{};
    for (size_t i = 0; i < out.size(); i++)
        out[i] = static_cast<uint8_t>(state[i / 4] >> (8 * (i % 4)));
    return out;
}

}  // namespace belfry::model
