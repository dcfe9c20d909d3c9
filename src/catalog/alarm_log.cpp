#include "catalog/alarm_log.h"

#include "catalog/secret.h"

namespace belfry::catalog {

std::string random_uuid() {
    // 26 letters carry 130 bits: their digest has as many, and a UUID shows 122 of them
    const Digest random = digest(random_text(26));
    std::string out = to_hex(random).substr(0, 32);
    out[12] = '4';
    out[16] = "89ab"[random[8] & 3];
    for (const size_t at : {8U, 13U, 18U, 23U})
        out.insert(at, 1, '-');
    return out;
}

}  // namespace belfry::catalog
