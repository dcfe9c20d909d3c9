#include "catalog/password.h"

#include "base/result.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace belfry::catalog {
namespace {

constexpr size_t SALT_BYTES = 16;
constexpr size_t HASH_BYTES = 32;

std::string scrypt(std::string_view password, std::string_view salt, uint32_t cost_log2) {
    constexpr uint64_t BLOCK = 8;
    const uint64_t n = 1ULL << cost_log2;
    const uint64_t memory_max = 128 * BLOCK * (n + 4) + (1 << 20);
    std::string out(HASH_BYTES, '\0');
    const int done =
        EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                       salt.size(), n, BLOCK, 1, memory_max, reinterpret_cast<unsigned char*>(out.data()), out.size());
    if (done != 1) fatal(make_error(Code::exhausted, "no memory to hash a password (identity.password_cost_log2)"));
    return out;
}

}  // namespace

PasswordHash hash_password(std::string_view password, uint32_t cost_log2) {
    INVARIANT(cost_log2 >= PASSWORD_COST_LOG2_MIN && cost_log2 <= PASSWORD_COST_LOG2_MAX, "the key's range");
    PasswordHash out{.cost_log2 = cost_log2, .salt = std::string(SALT_BYTES, '\0'), .hash = {}};
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.salt.data()), static_cast<int>(out.salt.size())) != 1)
        fatal(make_error(Code::internal, "no random numbers from the operating system"));
    out.hash = scrypt(password, out.salt, cost_log2);
    return out;
}

bool password_fits(std::string_view password, const PasswordHash& hash) {
    if (hash.cost_log2 < PASSWORD_COST_LOG2_MIN || hash.cost_log2 > PASSWORD_COST_LOG2_MAX || hash.salt.empty() ||
        hash.hash.size() != HASH_BYTES)
        return false;
    const std::string made = scrypt(password, hash.salt, hash.cost_log2);
    return CRYPTO_memcmp(made.data(), hash.hash.data(), HASH_BYTES) == 0;
}

}  // namespace belfry::catalog
