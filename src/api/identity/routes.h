#pragma once

#include "api/identity/service.h"
#include "http/router.h"

#include <functional>
#include <optional>
#include <string>

namespace belfry::api {

/// What the routes of the identity API (/identity) and of users (/api/v1/belfry/users) need; all outlive the router.
struct IdentityParts {
    IdentityService& service;
    std::string address;          // host:port for who does not say how he came here
    std::function<bool()> ready;  // whether what was accepted before the last stop is known again
};

void add_identity_routes(http::Router& router, const IdentityParts& parts);

// One file each.
void add_discovery_routes(http::Router& router, const IdentityParts& parts);
void add_token_routes(http::Router& router, const IdentityParts& parts);
void add_directory_routes(http::Router& router, const IdentityParts& parts);
void add_credential_routes(http::Router& router, const IdentityParts& parts);
void add_user_routes(http::Router& router, const IdentityParts& parts);

}  // namespace belfry::api
