#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::catalog {

/// What is stored of a secret: its SHA-256. Secrets are random and long, so a plain digest cannot be searched.
using Digest = std::array<uint8_t, 32>;

[[nodiscard]] Digest digest(std::string_view secret);
/// HMAC-SHA-256 in lower-case hex: a value that only the holder of `secret` can name.
[[nodiscard]] std::string keyed_digest_hex(std::string_view secret, std::string_view text);

/// Letters a-z and digits 2-7, five random bits each, from the operating system's generator (FATAL when it fails).
[[nodiscard]] std::string random_text(size_t letters);
/// 52 letters carry 260 bits.
inline constexpr size_t SECRET_LETTERS = 52;

/// Compares in a time that depends on the lengths only. Empty never matches, not even empty.
[[nodiscard]] bool secrets_equal(std::string_view a, std::string_view b);
[[nodiscard]] bool digests_equal(const Digest& a, const Digest& b);

[[nodiscard]] std::string to_hex(const Digest& digest);
/// False when `hex` is not 64 hexadecimal digits.
[[nodiscard]] bool from_hex(std::string_view hex, Digest* out);

}  // namespace belfry::catalog
