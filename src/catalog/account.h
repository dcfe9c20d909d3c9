#pragma once

#include "base/result.h"
#include "catalog/document.h"
#include "catalog/password.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace belfry::catalog {

/// Names and passwords are of the whole installation, not of a project: their documents are of this tenant.
inline constexpr std::string_view ACCOUNTS_TENANT = "default";

/// Somebody who proves who he is by a password. A document of kind ACCOUNT.
struct Account {
    std::string id;    // 32 hexadecimal digits
    std::string name;  // see is_account_name
    bool enabled = true;
    PasswordHash password;
    int64_t password_changed_ms = 0;                           // tokens and logins from before it end
    std::map<std::string, std::vector<std::string>> projects;  // project (a tenant) -> roles, not empty
    int64_t created_ms = 0;
    int64_t updated_ms = 0;
};

/// 1-64 of letters, digits and _ - . @ +
[[nodiscard]] bool is_account_name(std::string_view name);
[[nodiscard]] Document to_document(const Account& account);
[[nodiscard]] Result<Account> read_account(const Document& document);

/// A name and secret that stand for an account in one project, with some of its roles there. A document of kind
/// CREDENTIAL; its name is unique within its user.
struct Credential {
    std::string id;  // 32 hexadecimal digits
    std::string user_id;
    std::string name;
    std::string description;
    std::string project;
    std::vector<std::string> roles;
    PasswordHash secret;
    std::optional<int64_t> expires_ms;
    int64_t created_ms = 0;
};

[[nodiscard]] Document to_document(const Credential& credential);
[[nodiscard]] Result<Credential> read_credential(const Document& document);

/// 32 random hexadecimal digits, as identity services name their things.
[[nodiscard]] std::string random_hex_id();

}  // namespace belfry::catalog
