#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

/// By id or by name; the domain, too. Empty: not said.
struct NamedThing {
    std::string id;
    std::string name;
    std::string domain_id;
    std::string domain_name;
    [[nodiscard]] bool empty() const { return id.empty() && name.empty(); }
};

/// The body of POST /v3/auth/tokens:
///   {"auth":{"identity":{"methods":["password"],"password":{"user":{"name","password","domain":{"name"}}}},
///            "scope":{"project":{"name","domain":{"name"}}} | {"domain":{...}} | "unscoped"}}
struct AuthRequest {
    enum class Scope { none, unscoped, project, domain };
    std::vector<std::string> methods;  // each of "password", "token", "application_credential"; at least one
    NamedThing user;                   // of password
    std::string password;
    std::string token;
    NamedThing credential;
    NamedThing credential_user;  // when it is named and not by its id
    std::string secret;
    Scope scope = Scope::none;
    NamedThing target;  // of the scope
};

/// `invalid` says what is missing or of a wrong kind.
[[nodiscard]] Result<AuthRequest> parse_auth_request(std::string_view body);

}  // namespace belfry::api
