#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::catalog {

/// What is kept of a password: scrypt (RFC 7914) of it, with what it was made with, so that the cost can grow.
struct PasswordHash {
    uint32_t cost_log2 = 15;  // N = 2^cost_log2, r = 8, p = 1: 1 KiB * N of memory while it is computed
    std::string salt;         // 16 random bytes
    std::string hash;         // 32 bytes
};

inline constexpr uint32_t PASSWORD_COST_LOG2_MIN = 4;   // of tests
inline constexpr uint32_t PASSWORD_COST_LOG2_MAX = 20;  // 1 GiB

[[nodiscard]] PasswordHash hash_password(std::string_view password, uint32_t cost_log2);
/// Takes as long as making the hash did, right or wrong. Never true for a hash that is not complete.
[[nodiscard]] bool password_fits(std::string_view password, const PasswordHash& hash);

}  // namespace belfry::catalog
