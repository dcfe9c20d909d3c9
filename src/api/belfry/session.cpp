// Login by one-time link or by name and password, the session and its end.
#include "api/belfry/routes.h"
#include "base/json.h"
#include "base/log.h"

namespace belfry::api {
namespace {

constexpr const char* ADMIN = "admin";  // whom a login link stands for

std::string_view text(http::Role role) {
    switch (role) {
        case http::Role::none: return "none";
        case http::Role::ingest: return "ingest";
        case http::Role::read: return "read";
        case http::Role::editor: return "editor";
        case http::Role::admin: return "admin";
    }
    return "";
}

/// `secret`: of the cookie session, "" without.
http::Response session_answer(const Authenticator& auth, const http::Identity& identity, std::string_view secret) {
    const bool everybody = auth.off() && identity.loopback;
    const http::Role role = everybody ? http::Role::admin : identity.role;
    JsonWriter json;
    json.begin_object()
        .field("authenticated", role != http::Role::none)
        .field("user", everybody ? "anyone" : identity.user)
        .field("role", text(role));
    json.field("tenant", identity.tenant).key("csrf");
    if (identity.session_id.empty())
        json.null();
    else
        json.string(catalog::Sessions::csrf_token(secret));
    json.field("auth", auth.off() ? "off" : "on");
    json.field("anonymous_read", identity.loopback && (auth.off() || auth.config().loopback_reads)).end_object();
    http::Response response = http::json_response(json.take());
    response.set_header("Cache-Control", "no-store");
    return response;
}

/// The secret of a new session. `not_found`: neither the link nor the password is right.
Result<std::string> begin_session(Authenticator& auth, const JsonView& body, std::string_view address) {
    const std::string user = body.string_or("user", "");
    if (user.empty() || auth.identities() == nullptr) return auth.sessions().login(body.string_or("token", ""));
    NamedThing named;
    named.name = user;
    const auto account = auth.identities()->log_in(named, body.string_or("password", ""), address);
    if (account.ok()) return auth.sessions().begin(std::string(Authenticator::ACCOUNT_SESSION) + (*account)->name);
    if (account.error().code != Code::invalid) return account.error();
    return make_error(Code::not_found, "there is no such user, or the password is wrong");
}

http::Response login(const BelfryParts& parts, const http::Request& request) {
    Authenticator& auth = parts.authenticator;
    auto body = JsonView::parse(request.body);
    if (!body.ok() || !body->is_object())
        return http::error_response(make_error(Code::invalid, "login takes {{\"token\"}} or {{\"user\",\"password\"}}"));
    if (auth.off()) return session_answer(auth, request.identity, "");
    auto secret = begin_session(auth, *body, request.remote_address);
    if (!secret.ok()) {
        if (secret.error().code == Code::exhausted)
            return http::error_response(429, "too_many_requests", secret.error().message);
        if (secret.error().code != Code::not_found) return http::error_response(secret.error());
        log_info("api", "login refused", {{"from", request.remote_address}});
        return http::error_response(401, "unauthorized", secret.error().message);
    }
    const auto session = auth.sessions().find(*secret);
    if (!session) return http::error_response(make_error(Code::internal, "the new session has ended already"));
    log_info("api", "login", {{"user", session->user}, {"session", session->id}, {"from", request.remote_address}});
    http::Identity identity;
    identity.loopback = request.identity.loopback;
    if (!auth.describe_session(*session, request.header("x-scope-orgid"), identity)) {
        auth.sessions().logout(*secret);
        return http::error_response(401, "unauthorized", "this user is in no project");
    }
    http::Response response = session_answer(auth, identity, *secret);
    const int64_t age_s = parts.catalog.config().session_ms / 1000;
    response.set_header("Set-Cookie", fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}",
                                                  auth.cookie_name(), *secret, age_s));
    return response;
}

http::Response logout(const BelfryParts& parts, const http::Request& request) {
    Authenticator& auth = parts.authenticator;
    auth.sessions().logout(auth.session_secret(request));
    http::Response response = http::empty_response();
    response.set_header("Set-Cookie",
                        fmt::format("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", auth.cookie_name()));
    return response;
}

/// For `belfry open`.
http::Response make_login_link(const BelfryParts& parts) {
    JsonWriter json;
    json.begin_object();
    if (!parts.authenticator.off()) {
        auto token = parts.authenticator.sessions().make_login_token(ADMIN);
        if (!token.ok()) return http::error_response(token.error());
        json.field("token", *token).field("expires_ms", parts.clock.now_ms() + parts.catalog.config().login_token_ms);
    }
    json.end_object();
    http::Response response = http::json_response(json.take());
    response.set_header("Cache-Control", "no-store");
    return response;
}

}  // namespace

void add_session_routes(http::Router& router, const BelfryParts& parts) {
    router.add("GET", "/api/v1/belfry/session", http::Access::open, [parts](const http::Request& request) {
        return session_answer(parts.authenticator, request.identity, parts.authenticator.session_secret(request));
    });
    router.add("POST", "/api/v1/belfry/login", http::Access::open,
               [parts](const http::Request& request) { return login(parts, request); });
    // not `change`: who holds nothing may still end it; it ends only the session of the cookie it comes with
    router.add("POST", "/api/v1/belfry/logout", http::Access::open,
               [parts](const http::Request& request) { return logout(parts, request); });
    router.add("POST", "/api/v1/belfry/login_links", http::Access::change,
               [parts](const http::Request&) { return make_login_link(parts); });
}

}  // namespace belfry::api
