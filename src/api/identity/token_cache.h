#pragma once

#include "api/identity/accounts.h"
#include "api/identity/grant.h"
#include "catalog/secret.h"

#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace belfry::api {

/// Tokens of this server that were checked and what they stand for, so that a request does not check its token anew.
/// All is forgotten when an account, a credential or a revocation changes. Keys are digests: no token lies here. Any
/// thread.
class TokenCache {
  public:
    explicit TokenCache(size_t tokens_max) : half_((tokens_max + 1) / 2) {}

    using Ptr = std::shared_ptr<const Grant>;
    /// Null: not known under that state, or ended.
    [[nodiscard]] Ptr find(const catalog::Digest& token, const AccountState& state, int64_t now_ms);
    /// `state` was taken before the token was checked.
    void put(const catalog::Digest& token, const AccountState& state, Ptr grant);

  private:
    struct Hash {
        size_t operator()(const catalog::Digest& digest) const;
    };
    using Table = std::unordered_map<catalog::Digest, Ptr, Hash>;
    void insert(const catalog::Digest& token, Ptr grant);

    const size_t half_;  // a full young_ becomes old_, and what was old_ goes
    std::mutex mutex_;   // guards what follows
    AccountState state_;
    Table young_, old_;
};

}  // namespace belfry::api
