#include "catalog/secret.h"

#include "base/result.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace belfry::catalog {
namespace {

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hex(const uint8_t* bytes, size_t count) {
    static constexpr char DIGITS[] = "0123456789abcdef";
    std::string out;
    for (size_t i = 0; i < count; ++i) {
        out += DIGITS[bytes[i] >> 4];
        out += DIGITS[bytes[i] & 15];
    }
    return out;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

Digest digest(std::string_view secret) {
    Digest out;
    SHA256(octets(secret), secret.size(), out.data());
    return out;
}

std::string keyed_digest_hex(std::string_view secret, std::string_view text) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    const unsigned char* done =
        HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), octets(text), text.size(), out, &size);
    INVARIANT(done != nullptr && size == 32, "HMAC-SHA-256 of bytes in memory cannot fail");
    return hex(out, size);
}

std::string random_text(size_t letters) {
    static constexpr char LETTERS[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::string out(letters, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(letters)) != 1) {
        fatal(make_error(Code::internal, "no random numbers from the operating system"));
    }
    for (char& c : out)
        c = LETTERS[static_cast<unsigned char>(c) & 31];
    return out;
}

bool secrets_equal(std::string_view a, std::string_view b) {
    return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool digests_equal(const Digest& a, const Digest& b) {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(const Digest& value) {
    return hex(value.data(), value.size());
}

bool from_hex(std::string_view text, Digest* out) {
    if (text.size() != out->size() * 2) return false;
    for (size_t i = 0; i < out->size(); ++i) {
        const int high = hex_value(text[2 * i]);
        const int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        (*out)[i] = static_cast<uint8_t>(high << 4 | low);
    }
    return true;
}

}  // namespace belfry::catalog
