#include "api/auth/authenticator.h"

#include "base/ascii.h"
#include "base/base64.h"

namespace belfry::api {
namespace {

http::Role role_of(catalog::Scope scope) {
    switch (scope) {
        case catalog::Scope::ingest: return http::Role::ingest;
        case catalog::Scope::read: return http::Role::read;
        case catalog::Scope::admin: return http::Role::admin;
    }
    return http::Role::none;
}

Error wrong_key() {
    return make_error(Code::invalid, "this key is not known here: it is wrong, was revoked or has ended");
}

}  // namespace

Result<std::optional<std::string>> presented_key(const http::Request& request) {
    std::string key;
    if (request.headers.contains("authorization")) {
        const std::string_view header = request.header("authorization");
        const size_t space = std::min(header.find(' '), header.size());
        const std::string_view scheme = header.substr(0, space);
        std::string_view rest = header.substr(space);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        // Token is how clients of InfluxDB say Bearer.
        if (equals_ignoring_case(scheme, "bearer") || equals_ignoring_case(scheme, "token")) {
            key = rest;
        } else if (equals_ignoring_case(scheme, "basic")) {
            const auto pair = decode_base64(rest);
            const size_t colon = pair ? pair->find(':') : std::string::npos;
            if (colon == std::string::npos)
                return make_error(Code::invalid, "Authorization: Basic needs base64 of user:key");
            key = pair->substr(colon + 1);
        } else {
            return make_error(Code::invalid, "Authorization takes Bearer KEY, or Basic with the key as password");
        }
    } else if (request.headers.contains("x-api-key")) {
        key = request.header("x-api-key");
    } else {
        return std::optional<std::string>();
    }
    if (key.empty()) return make_error(Code::invalid, "the key is empty");
    return std::optional<std::string>(std::move(key));
}

std::string_view Authenticator::session_secret(const http::Request& request) const {
    return request.cookie(cookie_name_).value_or(std::string_view());
}

Result<http::Identity> Authenticator::use_key(std::string_view key, http::Identity identity) {
    if (local_.matches(key)) {
        if (!identity.loopback) return wrong_key();
        identity.role = http::Role::admin;
        identity.user = "local";
        return identity;
    }
    const auto snapshot = catalog_.snapshot();
    const catalog::ApiKey* found = snapshot->find_key(key);
    const int64_t now_ms = clock_.now_ms();
    if (found == nullptr || (found->expires_ms && *found->expires_ms <= now_ms)) return wrong_key();
    identity.role = role_of(found->scope);
    identity.user = "key:" + found->id;
    identity.tenant = found->tenant;
    identity.tenant_bound = found->scope != catalog::Scope::admin;
    catalog_.note_key_used(found->id, now_ms);
    return identity;
}

Result<http::Identity> Authenticator::authenticate(const http::Request& request) {
    http::Identity identity;
    identity.loopback = request.identity.loopback;
    if (off()) return identity;
    if (const auto key = TRY(presented_key(request))) return use_key(*key, std::move(identity));
    if (const std::string_view token = request.header("x-auth-token"); !token.empty()) {
        if (token.starts_with("bf_")) return use_key(token, std::move(identity));
        if (identities_ == nullptr) return make_error(Code::invalid, "tokens are not known here");
        const Grant grant = TRY(identities_->check(token));
        identities_->describe(grant, identity);
        return identity;
    }
    if (const auto session = sessions_.find(session_secret(request)))
        (void)describe_session(*session, request.header("x-scope-orgid"), identity);
    return identity;
}

bool Authenticator::describe_session(const catalog::Session& session,
                                     std::string_view wanted_project,
                                     http::Identity& identity) const {
    std::string_view user = session.user;
    if (user.starts_with(ACCOUNT_SESSION)) {
        user.remove_prefix(ACCOUNT_SESSION.size());
        if (identities_ == nullptr ||
            !identities_->describe_session(user, session.created_ms, wanted_project, identity))
            return false;
    } else {
        identity.role = http::Role::admin;
        identity.user = session.user;
    }
    identity.session_id = session.id;
    return true;
}

bool Authenticator::csrf_fits(const http::Request& request, const http::Identity& identity) {
    const std::string_view secret = session_secret(request);
    if (identity.session_id.empty() || secret.empty()) return false;
    return catalog::secrets_equal(request.header("x-belfry-csrf"), catalog::Sessions::csrf_token(secret));
}

}  // namespace belfry::api
