// Users, projects, roles and domains, as tools read them.
#include "api/identity/answer.h"

#include <set>

namespace belfry::api {
namespace {

using catalog::Account;

http::Response forbidden() {
    return identity_error(403, "You are not authorized to perform the requested action.");
}

void write_self(JsonWriter& json, const std::string& url) {
    json.key("links").begin_object().field("self", url).end_object();
}

/// {"users":[...],"links":{...}}: the elements are written by `write`.
template <typename Write>
http::Response list_answer(const http::Request& request,
                           const IdentityParts& parts,
                           std::string_view name,
                           Write write) {
    JsonWriter json;
    json.begin_object().key(name).begin_array();
    write(json);
    json.end_array().key("links").begin_object().field("self", site_of(request, parts) + request.path);
    json.key("previous").null().key("next").null().end_object().end_object();
    return identity_answer(json.take());
}

void write_user(JsonWriter& json, const Account& account, const std::string& base) {
    json.begin_object().field("id", account.id).field("name", account.name).field("domain_id", "default");
    json.field("enabled", account.enabled).key("options").begin_object().end_object().key("password_expires_at").null();
    write_self(json, base + "/v3/users/" + account.id);
    json.end_object();
}

void write_project(JsonWriter& json, const std::string& id, const std::string& base) {
    json.begin_object().field("id", id).field("name", id).field("domain_id", "default").field("parent_id", "default");
    json.field("enabled", true)
        .field("is_domain", false)
        .field("description", "")
        .key("tags")
        .begin_array()
        .end_array();
    write_self(json, base + "/v3/projects/" + id);
    json.end_object();
}

void write_role(JsonWriter& json, const std::string& name, const std::string& base) {
    json.begin_object().field("id", role_id(name)).field("name", name).key("domain_id").null();
    write_self(json, base + "/v3/roles/" + role_id(name));
    json.end_object();
}

void write_whole_domain(JsonWriter& json, const std::string& base) {
    json.begin_object().field("id", "default").field("name", "Default").field("enabled", true);
    json.field("description", "The only domain.");
    write_self(json, base + "/v3/domains/default");
    json.end_object();
}

/// Tenants and the projects of accounts.
std::set<std::string> all_projects(const IdentityParts& parts) {
    Accounts& accounts = parts.service.accounts();
    std::set<std::string> out = accounts.index()->projects();
    for (const auto& [id, tenant] : accounts.snapshot()->tenants)
        out.insert(id);
    return out;
}

bool is_self(const Caller& caller, const std::string& user_id) {
    return caller.grant && caller.grant->user_id == user_id;
}

http::Response users(const http::Request& request, const IdentityParts& parts) {
    const auto name = request.query.get("name");
    return list_answer(request, parts, "users", [&](JsonWriter& json) {
        const auto index = parts.service.accounts().index();
        for (const auto& item : index->by_name)
            if (!name || *name == item.first) write_user(json, *item.second, identity_base(request, parts));
    });
}

http::Response user(const http::Request& request, const Caller& caller, const IdentityParts& parts) {
    const std::string id = path_param(request, "id");
    if (!caller.is_admin() && !is_self(caller, id)) return forbidden();
    const auto account = parts.service.accounts().index()->find(id, "");
    if (id.empty() || !account) return identity_error(404, "Could not find user: " + id);
    JsonWriter json;
    json.begin_object().key("user");
    write_user(json, *account, identity_base(request, parts));
    json.end_object();
    return identity_answer(json.take());
}

http::Response projects_of(const http::Request& request, const IdentityParts& parts, const std::string& user_id) {
    const auto account = parts.service.accounts().index()->find(user_id, "");
    if (user_id.empty() || !account) return identity_error(404, "Could not find user: " + user_id);
    return list_answer(request, parts, "projects", [&](JsonWriter& json) {
        for (const auto& item : account->projects)
            write_project(json, item.first, identity_base(request, parts));
    });
}

http::Response projects(const http::Request& request, const IdentityParts& parts) {
    const auto name = request.query.get("name");
    return list_answer(request, parts, "projects", [&](JsonWriter& json) {
        for (const std::string& id : all_projects(parts))
            if (!name || *name == id) write_project(json, id, identity_base(request, parts));
    });
}

http::Response project(const http::Request& request, const Caller& caller, const IdentityParts& parts) {
    const std::string id = path_param(request, "id");
    if (!caller.is_admin() && caller.identity.tenant != id) return forbidden();
    if (!all_projects(parts).contains(id)) return identity_error(404, "Could not find project: " + id);
    JsonWriter json;
    json.begin_object().key("project");
    write_project(json, id, identity_base(request, parts));
    json.end_object();
    return identity_answer(json.take());
}

http::Response roles(const http::Request& request, const IdentityParts& parts) {
    const auto name = request.query.get("name");
    return list_answer(request, parts, "roles", [&](JsonWriter& json) {
        for (const std::string& role : parts.service.roles())
            if (!name || *name == role) write_role(json, role, identity_base(request, parts));
    });
}

http::Response role(const http::Request& request, const IdentityParts& parts) {
    for (const std::string& name : parts.service.roles()) {
        if (role_id(name) != path_param(request, "id")) continue;
        JsonWriter json;
        json.begin_object().key("role");
        write_role(json, name, identity_base(request, parts));
        json.end_object();
        return identity_answer(json.take());
    }
    return identity_error(404, "Could not find role: " + path_param(request, "id"));
}

http::Response role_assignments(const http::Request& request, const Caller& caller, const IdentityParts& parts) {
    const auto user_id = request.query.get("user.id");
    const auto project_id = request.query.get("scope.project.id");
    if (!caller.is_admin() && !(user_id && is_self(caller, *user_id))) return forbidden();
    return list_answer(request, parts, "role_assignments", [&](JsonWriter& json) {
        const auto index = parts.service.accounts().index();
        for (const auto& account : index->by_id) {
            if (user_id && *user_id != account.first) continue;
            for (const auto& item : account.second->projects) {
                if (project_id && *project_id != item.first) continue;
                for (const std::string& name : item.second) {
                    json.begin_object()
                        .key("role")
                        .begin_object()
                        .field("id", role_id(name))
                        .field("name", name)
                        .end_object();
                    json.key("user").begin_object().field("id", account.first).field("name", account.second->name);
                    write_domain(json);
                    json.end_object().key("scope").begin_object().key("project").begin_object();
                    json.field("id", item.first).field("name", item.first);
                    write_domain(json);
                    json.end_object().end_object().key("links").begin_object().end_object().end_object();
                }
            }
        }
    });
}

http::Response domain(const http::Request& request, const IdentityParts& parts) {
    if (path_param(request, "id") != "default") return identity_error(404, "Could not find domain.");
    JsonWriter json;
    json.begin_object().key("domain");
    write_whole_domain(json, identity_base(request, parts));
    json.end_object();
    return identity_answer(json.take());
}

/// {"user":{"original_password":"...","password":"..."}}: of oneself, by the password and not by a token.
http::Response change_password(const http::Request& request, const IdentityParts& parts) {
    if (!parts.ready()) return identity_error(503, "not ready yet");
    if (request.body.size() > parts.service.config().body_bytes_max)
        return identity_error(413, "the body is too long (identity.body_bytes_max)");
    const auto body = JsonView::parse(request.body);
    if (!body.ok() || !body->get("user").is_object())
        return identity_error(400, "the body is {\"user\":{\"original_password\",\"password\"}}");
    const JsonView user = body->get("user");
    const std::string password = user.string_or("password", "");
    NamedThing who;
    who.id = path_param(request, "id");
    const auto account = parts.service.log_in(who, user.string_or("original_password", ""), request.remote_address);
    if (!account.ok()) return identity_error(account.error());
    if (auto fine = parts.service.check_new_password(password); !fine.ok())
        return identity_error(400, fine.error().message);
    const auto hash = parts.service.hash(password);
    if (!hash.ok()) return identity_error(hash.error());
    Account changed = **account;
    changed.password = *hash;
    changed.password_changed_ms = parts.service.clock().now_ms();
    const auto saved = parts.service.accounts().save(changed, changed.name);
    return saved.ok() ? http::empty_response() : identity_error(saved.error());
}

}  // namespace

void add_directory_routes(http::Router& router, const IdentityParts& parts) {
    const std::string v3 = "/identity/v3";
    const auto get = [&](const std::string& path, CallerHandler handler) {
        router.add("GET", v3 + path, http::Access::open, with_caller(parts, std::move(handler)));
    };
    const auto get_admin = [&](const std::string& path, CallerHandler handler) {
        router.add("GET", v3 + path, http::Access::open, with_admin(parts, std::move(handler)));
    };
    get_admin("/users", [parts](const auto& request, const Caller&) { return users(request, parts); });
    get("/users/:id", [parts](const auto& request, const Caller& caller) { return user(request, caller, parts); });
    get("/users/:id/projects", [parts](const auto& request, const Caller& caller) {
        const std::string id = path_param(request, "id");
        return caller.is_admin() || is_self(caller, id) ? projects_of(request, parts, id) : forbidden();
    });
    get("/auth/projects", [parts](const auto& request, const Caller& caller) {
        return caller.grant ? projects_of(request, parts, caller.grant->user_id) : projects(request, parts);
    });
    get("/auth/domains", [parts](const auto& request, const Caller& caller) {
        return list_answer(request, parts, "domains", [&](JsonWriter& json) {
            if (caller.is_admin()) write_whole_domain(json, identity_base(request, parts));
        });
    });
    router.add("POST", v3 + "/users/:id/password", http::Access::open,
               [parts](const http::Request& request) { return change_password(request, parts); }, {.plain_body = true});
    get_admin("/projects", [parts](const auto& request, const Caller&) { return projects(request, parts); });
    get("/projects/:id",
        [parts](const auto& request, const Caller& caller) { return project(request, caller, parts); });
    get("/roles", [parts](const auto& request, const Caller&) { return roles(request, parts); });
    get("/roles/:id", [parts](const auto& request, const Caller&) { return role(request, parts); });
    get("/role_assignments",
        [parts](const auto& request, const Caller& caller) { return role_assignments(request, caller, parts); });
    get("/domains", [parts](const auto& request, const Caller&) {
        return list_answer(request, parts, "domains",
                           [&](JsonWriter& json) { write_whole_domain(json, identity_base(request, parts)); });
    });
    get("/domains/:id", [parts](const auto& request, const Caller&) { return domain(request, parts); });
}

void add_identity_routes(http::Router& router, const IdentityParts& parts) {
    add_discovery_routes(router, parts);
    add_token_routes(router, parts);
    add_directory_routes(router, parts);
    add_credential_routes(router, parts);
    add_user_routes(router, parts);
}

}  // namespace belfry::api
