#include "api/identity/token_cache.h"

#include <cstring>

namespace belfry::api {

size_t TokenCache::Hash::operator()(const catalog::Digest& digest) const {
    size_t out = 0;
    std::memcpy(&out, digest.data(), sizeof(out));
    return out;
}

void TokenCache::insert(const catalog::Digest& token, Ptr grant) {
    if (young_.size() >= half_) {
        old_ = std::move(young_);
        young_.clear();
    }
    young_.insert_or_assign(token, std::move(grant));
}

TokenCache::Ptr TokenCache::find(const catalog::Digest& token, const AccountState& state, int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    if (!(state == state_)) return nullptr;
    Ptr grant;
    if (const auto young = young_.find(token); young != young_.end()) {
        grant = young->second;
    } else if (const auto old = old_.find(token); old != old_.end()) {
        grant = old->second;
        old_.erase(old);
        insert(token, grant);
    }
    return grant && grant->expires_ms > now_ms ? grant : nullptr;
}

void TokenCache::put(const catalog::Digest& token, const AccountState& state, Ptr grant) {
    const std::lock_guard lock(mutex_);
    if (!(state == state_)) {
        young_.clear();
        old_.clear();
        state_ = state;
    }
    insert(token, std::move(grant));
}

}  // namespace belfry::api
