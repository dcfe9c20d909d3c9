#pragma once

#include "api/identity/grant.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace belfry::api {

/// Makes and reads tokens: nothing is stored of them. A token is
///   bt1_<payload>.<signature>
/// with the payload's JSON in base64url and HMAC-SHA-256 of "bt1_<payload>" by the key of the data directory, in hex:
///   {"i":"<audit id>","u":"<user id>","p":"<project>","d":false,"m":["password"],"c":"<credential id>","t":<issued
///   ms>,
///    "e":<expires ms>}
/// Roles are not in it: they are looked up, so that a change of them counts at once.
class TokenKey {
  public:
    explicit TokenKey(std::string_view secret);
    /// The key in that file; made there (mode 0600) when there is none.
    [[nodiscard]] static Result<TokenKey> open(const std::string& path);

    [[nodiscard]] std::string make(const Grant& grant) const;
    /// What is signed, whether it has expired or not; roles and names are empty. `invalid` for everything else.
    [[nodiscard]] Result<Grant> read(std::string_view token) const;

    static constexpr std::string_view PREFIX = "bt1_";
    static constexpr size_t BYTES_MAX = 4096;

  private:
    std::string secret_;
};

}  // namespace belfry::api
