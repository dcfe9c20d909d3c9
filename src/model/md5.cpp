#include "model/md5.h"

#include "base/result.h"

#include <openssl/evp.h>

namespace belfry::model {

std::array<uint8_t, 16> md5(std::string_view bytes) {
    std::array<uint8_t, 16> out{};
    unsigned int size = 0;
    INVARIANT(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_md5(), nullptr) == 1 && size == out.size(),
              "MD5 is always there and needs no memory of its own");
    return out;
}

}  // namespace belfry::model
