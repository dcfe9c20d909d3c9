#pragma once

#include "api/identity/routes.h"
#include "base/json.h"

#include <optional>
#include <string>
#include <string_view>

namespace belfry::api {

// What answers of the identity API have in common.

/// {"error":{"code":401,"title":"Unauthorized","message":"..."}}
[[nodiscard]] http::Response identity_error(int status, std::string_view message);
/// With the status that fits: a wrong password is a 401 here.
[[nodiscard]] http::Response identity_error(const Error& error);
[[nodiscard]] http::Response identity_answer(std::string json, int status = 200);

/// "http://host:port" as the client came here, and below it where the identity API begins.
[[nodiscard]] std::string site_of(const http::Request& request, const IdentityParts& parts);
[[nodiscard]] std::string identity_base(const http::Request& request, const IdentityParts& parts);

/// 2026-11-22T21:15:39.000000Z
[[nodiscard]] std::string iso_time(int64_t time_ms);
void write_domain(JsonWriter& json);
/// A name of an entity as its id: role names are any text, ids are safe in paths.
[[nodiscard]] std::string role_id(std::string_view name);
[[nodiscard]] std::string path_param(const http::Request& request, std::string_view name);

/// Who asks: by X-Auth-Token.
struct Caller {
    http::Identity identity;
    std::optional<Grant> grant;  // of a token; nothing of a key of Belfry's
    [[nodiscard]] bool is_admin() const { return identity.role == http::Role::admin; }
};
[[nodiscard]] Result<Caller> caller_of(const http::Request& request, const IdentityParts& parts);

/// A handler that needs a token; `admin`: one of an administrator.
using CallerHandler = std::function<http::Response(const http::Request&, const Caller&)>;
[[nodiscard]] http::Handler with_caller(const IdentityParts& parts, CallerHandler handler);
[[nodiscard]] http::Handler with_admin(const IdentityParts& parts, CallerHandler handler);

}  // namespace belfry::api
