#pragma once

#include "catalog/account.h"
#include "catalog/catalog.h"
#include "catalog/changes.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

/// Accounts and application credentials as they are in the catalog, read; revoked tokens. Immutable.
struct AccountIndex {
    std::map<std::string, std::shared_ptr<const catalog::Account>, std::less<>> by_id;
    std::map<std::string, std::shared_ptr<const catalog::Account>, std::less<>> by_name;
    std::map<std::string, std::shared_ptr<const catalog::Credential>, std::less<>> credentials;  // by id

    [[nodiscard]] std::shared_ptr<const catalog::Account> find(std::string_view id, std::string_view name) const;
    [[nodiscard]] std::vector<std::shared_ptr<const catalog::Credential>> credentials_of(
        std::string_view user_id) const;
    /// Of all accounts, sorted.
    [[nodiscard]] std::set<std::string> projects() const;
    [[nodiscard]] std::set<std::string> roles() const;
};

/// All that says whether a token counts, besides the token and the time. Equal: nothing of it has changed.
struct AccountState {
    std::shared_ptr<const catalog::Documents> accounts, credentials, revoked;

    [[nodiscard]] bool operator==(const AccountState& other) const {
        return accounts == other.accounts && credentials == other.credentials && revoked == other.revoked;
    }
};

/// The accounts of the catalog and their changes. Any thread.
class Accounts {
  public:
    Accounts(catalog::Catalog& catalog, catalog::Changes& changes) : catalog_(catalog), changes_(changes) {}

    /// The newest state; made anew only when an account or credential changed.
    [[nodiscard]] std::shared_ptr<const AccountIndex> index() const;
    /// The roles in force: of the account in that project; empty when it is disabled or not in it.
    [[nodiscard]] static std::vector<std::string> roles_in(const catalog::Account& account, std::string_view project);

    /// Makes or replaces; projects that are no tenants yet become ones.
    [[nodiscard]] Status save(const catalog::Account& account, std::string_view by);
    /// With its application credentials.
    [[nodiscard]] Status remove(std::string_view name, std::string_view by);
    [[nodiscard]] Status save(const catalog::Credential& credential, std::string_view by);
    [[nodiscard]] Status remove_credential(std::string_view id, std::string_view by);

    [[nodiscard]] AccountState state() const;
    [[nodiscard]] bool is_revoked(std::string_view audit_id) const;
    /// Remembered until the token would have expired by itself.
    [[nodiscard]] Status revoke(const std::string& audit_id, int64_t expires_ms, int64_t now_ms, std::string_view by);

    [[nodiscard]] std::shared_ptr<const catalog::Snapshot> snapshot() const { return catalog_.snapshot(); }

  private:
    catalog::Catalog& catalog_;                                                 // outlives this
    catalog::Changes& changes_;                                                 // outlives this
    mutable std::mutex mutex_;                                                  // guards what follows
    mutable std::shared_ptr<const catalog::Documents> accounts_, credentials_;  // that index_ was made of
    mutable std::shared_ptr<const AccountIndex> index_;
};

}  // namespace belfry::api
