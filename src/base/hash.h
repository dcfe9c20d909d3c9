#pragma once

#include <cstdint>
#include <string_view>

namespace belfry {

/// 64-bit hash of bytes (multiply-fold, 16 bytes a round, in the manner of wyhash). Stable on disk: the algorithm is
/// part of the formats that store it; a change needs a format version.
[[nodiscard]] uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

struct Hash128 {
    uint64_t low = 0;
    uint64_t high = 0;
    friend bool operator==(const Hash128&, const Hash128&) = default;
    friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Two independent 64-bit hashes.
[[nodiscard]] Hash128 hash128(std::string_view bytes);

/// CRC-32C (Castagnoli), hardware where the CPU has it. `crc` continues an earlier one.
[[nodiscard]] uint32_t crc32c(std::string_view bytes, uint32_t crc = 0);

}  // namespace belfry
