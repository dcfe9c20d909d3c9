#pragma once

#include "api/identity/accounts.h"
#include "api/identity/auth_request.h"
#include "api/identity/grant.h"
#include "api/identity/identity_config.h"
#include "api/identity/keystone.h"
#include "api/identity/login_limit.h"
#include "api/identity/token.h"
#include "api/identity/token_cache.h"
#include "base/clock.h"
#include "http/message.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::api {

/// Proves identities and says what they may. Any thread. Errors: `invalid` is a wrong password or token (never which of
/// user and password), `exhausted` too many attempts, `unavailable` nobody can tell now.
class IdentityService {
  public:
    struct Parts {
        const IdentityConfig& config;
        Clock& clock;
        Accounts& accounts;
        TokenKey key;
        Keystone* keystone = nullptr;  // of identity.keystone_url
    };
    explicit IdentityService(Parts parts);

    struct Issued {
        std::string token;
        Grant grant;
    };
    /// A token for who proves himself as `request` says.
    [[nodiscard]] Result<Issued> issue(const AuthRequest& request, std::string_view address);
    /// The account of that name, if the password is its.
    [[nodiscard]] Result<std::shared_ptr<const catalog::Account>> log_in(const NamedThing& user,
                                                                         std::string_view password,
                                                                         std::string_view address);
    /// What a token stands for now: of this server, or of the other identity service.
    [[nodiscard]] Result<Grant> check(std::string_view token);
    [[nodiscard]] Status revoke(std::string_view token, std::string_view by);

    /// Adds role, tenant, roles, user to an identity.
    void describe(const Grant& grant, http::Identity& identity) const;
    /// Of roles in one project.
    void describe(const std::vector<std::string>& roles, http::Identity& identity) const;
    /// A login of the web interface: in the project of `wanted_project` when the account is in it, else in its first.
    /// False when the account is gone, disabled, or has had another password since.
    [[nodiscard]] bool describe_session(std::string_view user_name,
                                        int64_t since_ms,
                                        std::string_view wanted_project,
                                        http::Identity& identity) const;

    /// `invalid` says what is wrong with it.
    [[nodiscard]] Status check_new_password(std::string_view password) const;
    [[nodiscard]] Result<catalog::PasswordHash> hash(std::string_view password);

    [[nodiscard]] Accounts& accounts() { return parts_.accounts; }
    [[nodiscard]] const IdentityConfig& config() const { return parts_.config; }
    [[nodiscard]] Clock& clock() const { return parts_.clock; }
    /// Those that the configuration speaks of and those that accounts have.
    [[nodiscard]] std::set<std::string> roles() const;

  private:
    struct Proven {
        std::shared_ptr<const catalog::Account> account;
        std::shared_ptr<const catalog::Credential> credential;  // null without
        std::optional<Grant> token;                             // of method token
    };
    [[nodiscard]] Result<Proven> prove(const AuthRequest& request, const std::string& method, std::string_view address);
    [[nodiscard]] Result<Proven> prove_credential(const AuthRequest& request, std::string_view address);
    [[nodiscard]] Result<bool> fits(std::string_view password, const catalog::PasswordHash* hash);
    [[nodiscard]] Status scope(const AuthRequest& request, const Proven& proven, Grant& grant) const;
    [[nodiscard]] bool is_admin_somewhere(const catalog::Account& account) const;
    [[nodiscard]] Result<Grant> check_own(std::string_view token) const;

    Parts parts_;
    LoginLimit limit_;
    TokenCache remembered_;
    const catalog::PasswordHash nobody_;  // is checked when there is no such user, which takes as long
};

}  // namespace belfry::api
