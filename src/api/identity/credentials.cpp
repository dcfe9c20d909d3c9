// Application credentials: names and secrets for programs, made by a user for himself.
#include "api/identity/answer.h"
#include "base/rfc3339.h"
#include "catalog/secret.h"

namespace belfry::api {
namespace {

using catalog::Credential;

http::Response forbidden() {
    return identity_error(403, "You are not authorized to perform the requested action.");
}

/// `secret`: shown once, when it is made.
void write_credential(JsonWriter& json, const Credential& credential, const std::string* secret) {
    json.begin_object().field("id", credential.id).field("name", credential.name);
    json.field("description", credential.description).field("project_id", credential.project);
    json.field("user_id", credential.user_id).field("unrestricted", false).key("expires_at");
    if (credential.expires_ms)
        json.string(iso_time(*credential.expires_ms));
    else
        json.null();
    json.key("roles").begin_array();
    for (const std::string& role : credential.roles)
        json.begin_object().field("id", role_id(role)).field("name", role).end_object();
    json.end_array();
    if (secret != nullptr) json.field("secret", *secret);
    json.end_object();
}

http::Response one(const Credential& credential, int status, const std::string* secret) {
    JsonWriter json;
    json.begin_object().key("application_credential");
    write_credential(json, credential, secret);
    json.end_object();
    return identity_answer(json.take(), status);
}

/// Those of `has` that the body names by id or name; all without a list.
Result<std::vector<std::string>> wanted_roles(const JsonView& body, const std::vector<std::string>& has) {
    const JsonView roles = body.get("roles");
    if (roles.is_null()) return has;
    if (!roles.is_array() || roles.size() == 0)
        return make_error(Code::invalid, "roles is a list of {{\"id\"}} or {{\"name\"}}");
    std::vector<std::string> out;
    for (size_t i = 0; i < roles.size(); ++i) {
        const std::string id = roles.at(i).string_or("id", ""), name = roles.at(i).string_or("name", "");
        const auto found = std::find_if(has.begin(), has.end(), [&](const std::string& role) {
            return id.empty() ? role == name : role_id(role) == id;
        });
        if (found == has.end()) return make_error(Code::invalid, "the token has no role {}", id.empty() ? name : id);
        out.push_back(*found);
    }
    return out;
}

http::Response create(const http::Request& request, const Caller& caller, const IdentityParts& parts) {
    IdentityService& service = parts.service;
    const std::string user_id = path_param(request, "id");
    if (!caller.grant || caller.grant->user_id != user_id || caller.grant->project.empty()) return forbidden();
    // what was made of a credential must not make others that live on without it
    if (!caller.grant->credential_id.empty()) return forbidden();
    if (!service.accounts().index()->find(user_id, "")) return identity_error(404, "Could not find user: " + user_id);
    if (request.body.size() > service.config().body_bytes_max)
        return identity_error(413, "the body is too long (identity.body_bytes_max)");
    const auto json = JsonView::parse(request.body);
    if (!json.ok() || !json->get("application_credential").is_object())
        return identity_error(400, "the body is {\"application_credential\":{\"name\":\"...\"}}");
    const JsonView body = json->get("application_credential");
    Credential made{.id = catalog::random_hex_id(),
                    .user_id = user_id,
                    .name = body.string_or("name", ""),
                    .description = body.string_or("description", ""),
                    .project = caller.grant->project,
                    .roles = {},
                    .secret = {},
                    .expires_ms = std::nullopt,
                    .created_ms = service.clock().now_ms()};
    if (made.name.empty() || made.name.size() > 255 || made.description.size() > 1024)
        return identity_error(400, "name has 1 to 255 bytes, description at most 1024");
    auto roles = wanted_roles(body, caller.grant->roles);
    if (!roles.ok()) return identity_error(400, roles.error().message);
    made.roles = *std::move(roles);
    if (const JsonView expires = body.get("expires_at"); !expires.is_null()) {
        std::string text = expires.as_string().value_or("");
        if (!text.empty() && text.back() != 'Z' && text.find('+') == std::string::npos) text += 'Z';
        made.expires_ms = parse_rfc3339_ms(text);
        if (!made.expires_ms || *made.expires_ms <= made.created_ms)
            return identity_error(400, "expires_at is a time to come, like 2030-01-01T00:00:00Z");
    }
    if (service.accounts().index()->credentials_of(user_id).size() >= service.config().credentials_max)
        return identity_error(403,
                              "this user has as many application credentials as one may (identity.credentials_max)");
    std::string secret = body.string_or("secret", "");
    if (secret.empty()) secret = catalog::random_text(catalog::SECRET_LETTERS);
    if (auto fine = service.check_new_password(secret); !fine.ok()) return identity_error(400, fine.error().message);
    auto hash = service.hash(secret);
    if (!hash.ok()) return identity_error(hash.error());
    made.secret = *std::move(hash);
    const auto saved = service.accounts().save(made, caller.identity.user);
    return saved.ok() ? one(made, 201, &secret) : identity_error(saved.error());
}

http::Response list(const http::Request& request, const IdentityParts& parts) {
    const auto name = request.query.get("name");
    JsonWriter json;
    json.begin_object().key("application_credentials").begin_array();
    for (const auto& credential : parts.service.accounts().index()->credentials_of(path_param(request, "id")))
        if (!name || *name == credential->name) write_credential(json, *credential, nullptr);
    json.end_array().key("links").begin_object().field("self", site_of(request, parts) + request.path).end_object();
    json.end_object();
    return identity_answer(json.take());
}

std::shared_ptr<const Credential> find(const http::Request& request, const IdentityParts& parts) {
    const auto index = parts.service.accounts().index();
    const auto found = index->credentials.find(path_param(request, "credential"));
    if (found == index->credentials.end() || found->second->user_id != path_param(request, "id")) return nullptr;
    return found->second;
}

/// For the user himself and for administrators.
http::Handler of_user(const IdentityParts& parts, CallerHandler handler) {
    return with_caller(parts, [handler = std::move(handler)](const http::Request& request, const Caller& caller) {
        const bool self = caller.grant && caller.grant->user_id == path_param(request, "id");
        return self || caller.is_admin() ? handler(request, caller) : forbidden();
    });
}

}  // namespace

void add_credential_routes(http::Router& router, const IdentityParts& parts) {
    const std::string all = "/identity/v3/users/:id/application_credentials", each = all + "/:credential";
    router.add("GET", all, http::Access::open,
               of_user(parts, [parts](const http::Request& request, const Caller&) { return list(request, parts); }));
    router.add("POST", all, http::Access::open,
               with_caller(parts, [parts](const http::Request& request,
                                          const Caller& caller) { return create(request, caller, parts); }),
               {.plain_body = true});
    router.add("GET", each, http::Access::open, of_user(parts, [parts](const http::Request& request, const Caller&) {
                   const auto found = find(request, parts);
                   return found ? one(*found, 200, nullptr)
                                : identity_error(404, "Could not find application credential.");
               }));
    router.add("DELETE", each, http::Access::open,
               of_user(parts, [parts](const http::Request& request, const Caller& caller) {
                   const auto found = find(request, parts);
                   if (!found) return identity_error(404, "Could not find application credential.");
                   const auto done = parts.service.accounts().remove_credential(found->id, caller.identity.user);
                   return done.ok() ? http::empty_response() : identity_error(done.error());
               }));
}

}  // namespace belfry::api
