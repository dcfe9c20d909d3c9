// Users for Belfry's own pages and command line: GET and POST /api/v1/belfry/users, PUT and DELETE .../:name.
#include "api/identity/routes.h"
#include "base/json.h"
#include "base/log.h"

namespace belfry::api {
namespace {

using catalog::Account;

std::string name_of(const http::Request& request) {
    const auto found = request.path_params.find("name");
    return found == request.path_params.end() ? "" : found->second;
}

void write_user(JsonWriter& json, const Account& account) {
    json.begin_object().field("id", account.id).field("name", account.name).field("enabled", account.enabled);
    json.key("projects").begin_object();
    for (const auto& [project, roles] : account.projects) {
        json.key(project).begin_array();
        for (const std::string& role : roles)
            json.string(role);
        json.end_array();
    }
    json.end_object().field("created_ms", account.created_ms).field("updated_ms", account.updated_ms);
    json.field("password_changed_ms", account.password_changed_ms).end_object();
}

http::Response user_answer(const Account& account) {
    JsonWriter json;
    write_user(json, account);
    return http::json_response(json.take());
}

http::Response list(const IdentityParts& parts) {
    JsonWriter json;
    json.begin_object().key("users").begin_array();
    const auto index = parts.service.accounts().index();
    for (const auto& [name, account] : index->by_name)
        write_user(json, *account);
    json.end_array().key("roles").begin_array();
    for (const std::string& role : parts.service.roles())
        json.string(role);
    json.end_array().end_object();
    return http::json_response(json.take());
}

Result<std::vector<std::string>> read_roles(const JsonView& json) {
    std::vector<std::string> out;
    for (size_t i = 0; i < json.size(); ++i) {
        const std::string role = json.at(i).as_string().value_or("");
        if (role.empty() || role.size() > 255) return make_error(Code::invalid, "a role is a text of 1 to 255 bytes");
        if (std::find(out.begin(), out.end(), role) == out.end()) out.push_back(role);
    }
    if (!json.is_array() || out.empty()) return make_error(Code::invalid, "roles is a list of names, not empty");
    return out;
}

/// "projects":{"p":["role"]} replaces all; "project" with "roles" (or "role") that one; its roles [] leave it.
Status read_projects(const JsonView& body, Account& account) {
    if (const JsonView projects = body.get("projects"); !projects.is_null()) {
        if (!projects.is_object()) return make_error(Code::invalid, "projects is {{\"project\":[\"role\"]}}");
        account.projects.clear();
        for (const std::string& project : projects.keys())
            account.projects[project] = TRY(read_roles(projects.get(project)).context("project {}", project));
    }
    const std::string project = body.string_or("project", "");
    if (!project.empty()) {
        if (body.get("role").is_string())
            account.projects[project] = {*body.get("role").as_string()};
        else if (body.get("roles").is_array() && body.get("roles").size() == 0)
            account.projects.erase(project);
        else
            account.projects[project] = TRY(read_roles(body.get("roles")));
    }
    for (const auto& [name, roles] : account.projects)
        if (!catalog::Changes::is_tenant_name(name))
            return make_error(Code::invalid, "a project's name is 1 to 64 of letters, digits and _ - .");
    return {};
}

Status read_password(const JsonView& body, IdentityService& service, Account& account) {
    const std::string password = body.string_or("password", "");
    TRY(service.check_new_password(password));
    account.password = TRY(service.hash(password));
    account.password_changed_ms = service.clock().now_ms();
    return {};
}

Result<Account> make(const JsonView& body, const http::Request& request, IdentityService& service) {
    Account account{.id = catalog::random_hex_id(), .name = body.string_or("name", "")};
    if (!catalog::is_account_name(account.name))
        return make_error(Code::invalid, "a user's name is 1 to 64 of letters, digits and _ - . @ +");
    if (service.accounts().index()->find("", account.name))
        return make_error(Code::conflict, "there is a user {} already", account.name);
    account.enabled = body.bool_or("enabled", true);
    TRY(read_projects(body, account));
    if (account.projects.empty())
        return make_error(Code::invalid,
                          "a user needs a project and roles: {{\"project\",\"roles\"}} or {{\"projects\"}}");
    TRY(read_password(body, service, account));
    account.created_ms = account.updated_ms = service.clock().now_ms();
    TRY(service.accounts().save(account, request.identity.user));
    log_info("identity", "user added", {{"user", account.name}, {"by", request.identity.user}});
    return account;
}

Result<Account> change(const JsonView& body, const http::Request& request, IdentityService& service) {
    const auto found = service.accounts().index()->find("", name_of(request));
    if (!found) return make_error(Code::not_found, "there is no user {}", name_of(request));
    Account account = *found;
    account.enabled = body.bool_or("enabled", account.enabled);
    TRY(read_projects(body, account));
    if (body.has("password")) TRY(read_password(body, service, account));
    account.updated_ms = service.clock().now_ms();
    TRY(service.accounts().save(account, request.identity.user));
    log_info("identity", "user changed", {{"user", account.name}, {"by", request.identity.user}});
    return account;
}

http::Handler with_body(const IdentityParts& parts,
                        Result<Account> (*act)(const JsonView&, const http::Request&, IdentityService&)) {
    return [parts, act](const http::Request& request) {
        const auto body = JsonView::parse(request.body);
        if (!body.ok() || !body->is_object()) {
            return http::error_response(
                make_error(Code::invalid, "a user is {{\"name\",\"project\",\"roles\":[],\"password\"}}"));
        }
        const auto account = act(*body, request, parts.service);
        return account.ok() ? user_answer(*account) : http::error_response(account.error());
    };
}

}  // namespace

void add_user_routes(http::Router& router, const IdentityParts& parts) {
    const std::string all = "/api/v1/belfry/users", one = all + "/:name";
    // the list is no telemetry: it needs the rights of who may change it
    router.add("GET", all, http::Access::change, [parts](const http::Request&) { return list(parts); });
    router.add("POST", all, http::Access::change, with_body(parts, make), {.plain_body = true});
    router.add("PUT", one, http::Access::change, with_body(parts, change), {.plain_body = true});
    router.add("DELETE", one, http::Access::change, [parts](const http::Request& request) {
        const auto done = parts.service.accounts().remove(name_of(request), request.identity.user);
        return done.ok() ? http::empty_response() : http::error_response(done.error());
    });
}

}  // namespace belfry::api
