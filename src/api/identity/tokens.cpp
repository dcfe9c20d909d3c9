// Tokens: made, looked at, ended.
#include "api/identity/answer.h"
#include "base/log.h"

namespace belfry::api {
namespace {

void write_endpoints(JsonWriter& json, const IdentityParts& parts, std::string_view service, const std::string& url) {
    const std::string& region = parts.service.config().region;
    json.key("endpoints").begin_array();
    for (const char* kind : {"public", "internal", "admin"}) {
        json.begin_object().field("id", role_id(fmt::format("{}/{}", service, kind))).field("interface", kind);
        json.field("region", region).field("region_id", region).field("url", url).end_object();
    }
    json.end_array();
}

void write_catalog(JsonWriter& json, const IdentityParts& parts, const std::string& site) {
    json.begin_array();
    json.begin_object().field("type", "monitoring").field("name", "monasca").field("id", role_id("monitoring"));
    write_endpoints(json, parts, "monitoring", site + "/monasca/v2.0");
    json.end_object();
    json.begin_object().field("type", "identity").field("name", "keystone").field("id", role_id("identity"));
    write_endpoints(json, parts, "identity", site + "/identity/v3");
    json.end_object();
    json.end_array();
}

struct Shown {
    bool catalog = true;
    std::string site;
};

std::string token_json(const IdentityParts& parts, const Grant& grant, const Shown& shown) {
    JsonWriter json;
    json.begin_object().key("token").begin_object().key("methods").begin_array();
    for (const std::string& method : grant.methods)
        json.string(method);
    json.end_array().key("user").begin_object();
    write_domain(json);
    json.field("id", grant.user_id).field("name", grant.user_name).key("password_expires_at").null().end_object();
    json.key("audit_ids").begin_array().string(grant.audit_id).end_array();
    json.field("issued_at", iso_time(grant.issued_ms)).field("expires_at", iso_time(grant.expires_ms));
    if (!grant.project.empty()) {
        json.key("project").begin_object();
        write_domain(json);
        json.field("id", grant.project).field("name", grant.project_name).end_object().field("is_domain", false);
    }
    if (grant.domain) write_domain(json);
    if (!grant.project.empty() || grant.domain) {
        json.key("roles").begin_array();
        for (const std::string& role : grant.roles)
            json.begin_object().field("id", role_id(role)).field("name", role).end_object();
        json.end_array();
        if (shown.catalog) {
            json.key("catalog");
            write_catalog(json, parts, shown.site);
        }
    }
    if (!grant.credential_id.empty())
        json.key("application_credential")
            .begin_object()
            .field("id", grant.credential_id)
            .field("restricted", true)
            .end_object();
    json.end_object().end_object();
    return json.take();
}

http::Response create(const http::Request& request, const IdentityParts& parts) {
    if (!parts.ready()) return identity_error(503, "not ready yet");
    if (request.body.size() > parts.service.config().body_bytes_max)
        return identity_error(413, "the body is too long (identity.body_bytes_max)");
    const auto asked = parse_auth_request(request.body);
    if (!asked.ok()) return identity_error(400, asked.error().message);
    const auto issued = parts.service.issue(*asked, request.remote_address);
    if (!issued.ok()) {
        if (issued.error().code == Code::invalid)
            log_info("identity", "login refused", {{"from", request.remote_address}, {"user", asked->user.name.substr(0, 64)}});
        return identity_error(issued.error());
    }
    const Shown shown{.catalog = !request.query.has("nocatalog"), .site = site_of(request, parts)};
    http::Response out = identity_answer(token_json(parts, issued->grant, shown), 201);
    out.set_header("X-Subject-Token", issued->token);
    return out;
}

/// Only who administers, and who holds it, may ask about a token.
bool may_see(const Caller& caller, const Grant& subject) {
    return caller.is_admin() || (caller.grant && caller.grant->user_id == subject.user_id);
}

http::Response validate(const http::Request& request, const Caller& caller, const IdentityParts& parts) {
    const std::string_view token = request.header("x-subject-token");
    const auto grant = parts.service.check(token);
    if (!grant.ok()) {
        if (grant.error().code != Code::invalid) return identity_error(grant.error());
        return identity_error(404, "This is not a recognized token.");
    }
    if (!may_see(caller, *grant)) return identity_error(403, "You are not authorized to perform the requested action.");
    const Shown shown{.catalog = !request.query.has("nocatalog"), .site = site_of(request, parts)};
    http::Response out = identity_answer(token_json(parts, *grant, shown));
    out.set_header("X-Subject-Token", token);
    return out;
}

http::Response revoke(const http::Request& request, const Caller& caller, const IdentityParts& parts) {
    const std::string_view token = request.header("x-subject-token");
    if (!token.starts_with(TokenKey::PREFIX)) return identity_error(404, "This is not a recognized token.");
    const auto grant = parts.service.check(token);
    if (!grant.ok()) return identity_error(404, "This is not a recognized token.");
    if (!may_see(caller, *grant)) return identity_error(403, "You are not authorized to perform the requested action.");
    const auto done = parts.service.revoke(token, caller.identity.user);
    return done.ok() ? http::empty_response() : identity_error(done.error());
}

http::Response catalog_answer(const http::Request& request, const IdentityParts& parts) {
    JsonWriter json;
    json.begin_object().key("catalog");
    write_catalog(json, parts, site_of(request, parts));
    json.key("links").begin_object().field("self", identity_base(request, parts) + "/v3/auth/catalog").end_object();
    json.end_object();
    return identity_answer(json.take());
}

}  // namespace

void add_token_routes(http::Router& router, const IdentityParts& parts) {
    const std::string path = "/identity/v3/auth/tokens";
    router.add("POST", path, http::Access::open,
               [parts](const http::Request& request) { return create(request, parts); }, {.plain_body = true});
    router.add("GET", path, http::Access::open,
               with_caller(parts, [parts](const http::Request& request, const Caller& caller) {
                   return validate(request, caller, parts);
               }));
    router.add("DELETE", path, http::Access::open,
               with_caller(parts, [parts](const http::Request& request, const Caller& caller) {
                   return revoke(request, caller, parts);
               }));
    router.add("GET", "/identity/v3/auth/catalog", http::Access::open,
               with_caller(parts, [parts](const http::Request& request, const Caller&) {
                   return catalog_answer(request, parts);
               }));
}

}  // namespace belfry::api
