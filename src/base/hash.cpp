#include "base/hash.h"

#include "base/bytes.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace belfry {
namespace {

uint64_t fold(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide m = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(m) ^ static_cast<uint64_t>(m >> 64);
}

constexpr uint64_t K0 = 0xa0761d6478bd642fULL;  // odd constants with balanced bits, as wyhash uses
constexpr uint64_t K1 = 0xe7037ed1a0b428dbULL;

std::array<uint32_t, 256> make_crc_table() {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = (c & 1) ? (c >> 1) ^ 0x82f63b78U : c >> 1;
        table[i] = c;
    }
    return table;
}

uint32_t crc32c_table(std::string_view bytes, uint32_t crc) {
    static const std::array<uint32_t, 256> table = make_crc_table();
    for (const char c : bytes) crc = table[(crc ^ static_cast<uint8_t>(c)) & 255] ^ (crc >> 8);
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_sse42(std::string_view bytes, uint32_t crc) {
    const char* p = bytes.data();
    size_t n = bytes.size();
    uint64_t wide = crc;
    for (; n >= 8; p += 8, n -= 8) wide = _mm_crc32_u64(wide, get_le<uint64_t>(p));
    auto narrow_crc = static_cast<uint32_t>(wide);
    for (; n > 0; p++, n--) narrow_crc = _mm_crc32_u8(narrow_crc, static_cast<uint8_t>(*p));
    return narrow_crc;
}
#endif

}  // namespace

uint64_t hash64(std::string_view bytes, uint64_t seed) {
    const char* p = bytes.data();
    size_t n = bytes.size();
    uint64_t h = seed ^ (n * 0x9E3779B97F4A7C15ULL);
    for (; n >= 16; p += 16, n -= 16) h = fold(get_le<uint64_t>(p) ^ K0, get_le<uint64_t>(p + 8) ^ h);
    uint64_t a = 0;
    uint64_t b = 0;
    if (n >= 8) {
        a = get_le<uint64_t>(p);
        std::memcpy(&b, p + 8, n - 8);
    } else if (n > 0) {
        std::memcpy(&a, p, n);
    }
    return fold(a ^ K1, fold(b ^ K0, h ^ K1));
}

Hash128 hash128(std::string_view bytes) { return {hash64(bytes, 0), hash64(bytes, 0x2545F4914F6CDD1DULL)}; }

uint32_t crc32c(std::string_view bytes, uint32_t crc) {
    crc = ~crc;
#if defined(__x86_64__)
    static const bool hardware = __builtin_cpu_supports("sse4.2");
    if (hardware) return ~crc32c_sse42(bytes, crc);
#endif
    return ~crc32c_table(bytes, crc);
}

}  // namespace belfry
