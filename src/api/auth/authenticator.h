#pragma once

#include "api/auth/auth_config.h"
#include "api/auth/local_access.h"
#include "api/identity/service.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/sessions.h"
#include "http/authenticator.h"

#include <optional>
#include <string>
#include <string_view>

namespace belfry::api {

/// Who sends a request, from the first of: a key (Authorization: Bearer KEY; Basic with any user and the key as
/// password; X-Api-Key), the cookie of a session, nothing. See http::Authenticator for threads.
///  - A key of scope ingest or read is bound to its tenant. Sessions and admin keys may name any tenant
///  (X-Scope-OrgID).
///  - The local key (LocalAccess) works from this machine only.
///  - X-Auth-Token holds a token of the identity API (api/identity) or a key; its project is the tenant.
///  - A session that began with a name and password has the roles which its account has now, in the project of
///  X-Scope-OrgID when it is in it; one of a login link may do everything.
///  - A request that a proxy has forwarded does not come from this machine, wherever the proxy runs.
class Authenticator final : public http::Authenticator {
  public:
    Authenticator(const AuthConfig& config,
                  Clock& clock,
                  catalog::Catalog& catalog,
                  catalog::Sessions& sessions,
                  const LocalAccess& local,
                  IdentityService* identities = nullptr)
        : config_(config),
          clock_(clock),
          catalog_(catalog),
          sessions_(sessions),
          local_(local),
          identities_(identities),
          cookie_name_("belfry_" + catalog.instance_id()) {}

    [[nodiscard]] Result<http::Identity> authenticate(const http::Request& request) override;
    [[nodiscard]] bool csrf_fits(const http::Request& request, const http::Identity& identity) override;

    [[nodiscard]] const AuthConfig& config() const { return config_; }
    [[nodiscard]] bool off() const { return config_.mode == "off"; }
    /// Of this data directory: two servers of one machine share a browser's cookies, which know no ports.
    [[nodiscard]] const std::string& cookie_name() const { return cookie_name_; }
    [[nodiscard]] catalog::Sessions& sessions() { return sessions_; }
    /// Null when there are no accounts.
    [[nodiscard]] IdentityService* identities() { return identities_; }
    /// What a session's user means; false when he is nobody any more.
    [[nodiscard]] bool describe_session(const catalog::Session& session,
                                        std::string_view wanted_project,
                                        http::Identity& identity) const;
    /// How the sessions of accounts are told from those of login links, whose user is "admin".
    static constexpr std::string_view ACCOUNT_SESSION = "account:";
    /// The secret of the request's session cookie; "" without.
    [[nodiscard]] std::string_view session_secret(const http::Request& request) const;

  private:
    [[nodiscard]] Result<http::Identity> use_key(std::string_view key, http::Identity identity);

    const AuthConfig config_;
    Clock& clock_;                 // outlives this
    catalog::Catalog& catalog_;    // outlives this
    catalog::Sessions& sessions_;  // outlives this
    const LocalAccess& local_;     // outlives this
    IdentityService* identities_;  // outlives this
    const std::string cookie_name_;
};

/// The key a request presents: nothing when it presents none; an error when it presents something that is no key.
[[nodiscard]] Result<std::optional<std::string>> presented_key(const http::Request& request);

}  // namespace belfry::api
