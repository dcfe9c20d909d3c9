#include "api/identity/auth_request.h"

#include "base/json.h"

namespace belfry::api {
namespace {

Result<std::string> text(const JsonView& json, std::string_view name, std::string_view where) {
    const JsonView value = json.get(name);
    if (value.is_null()) return std::string();
    if (auto out = value.as_string()) return *std::move(out);
    return make_error(Code::invalid, "{}.{} is a text", where, name);
}

Result<std::string> needed(const JsonView& json, std::string_view name, std::string_view where) {
    std::string out = TRY(text(json, name, where));
    if (out.empty()) return make_error(Code::invalid, "{}.{} is missing", where, name);
    return out;
}

Result<JsonView> object(const JsonView& json, std::string_view name, std::string_view where) {
    JsonView out = json.get(name);
    if (!out.is_object()) return make_error(Code::invalid, "{}.{} is missing or no object", where, name);
    return out;
}

Result<NamedThing> thing(const JsonView& json, std::string_view where) {
    NamedThing out;
    // one by one: a return from within an initializer leaks the members before it
    out.id = TRY(text(json, "id", where));
    out.name = TRY(text(json, "name", where));
    if (out.empty()) return make_error(Code::invalid, "{} needs an id or a name", where);
    if (const JsonView domain = json.get("domain"); domain.is_object()) {
        out.domain_id = TRY(text(domain, "id", where));
        out.domain_name = TRY(text(domain, "name", where));
    }
    return out;
}

Status read_method(const JsonView& identity, const std::string& method, AuthRequest& out) {
    const JsonView json = TRY(object(identity, method, "auth.identity"));
    if (method == "password") {
        const JsonView user = TRY(object(json, "user", "password"));
        out.user = TRY(thing(user, "password.user"));
        out.password = TRY(needed(user, "password", "password.user"));
        return {};
    }
    if (method == "token") {
        out.token = TRY(needed(json, "id", "token"));
        return {};
    }
    out.credential = TRY(thing(json, "application_credential"));
    out.secret = TRY(needed(json, "secret", "application_credential"));
    if (out.credential.id.empty())
        out.credential_user =
            TRY(thing(TRY(object(json, "user", "application_credential")), "application_credential.user"));
    return {};
}

Status read_scope(const JsonView& scope, AuthRequest& out) {
    if (scope.is_null()) return {};
    if (scope.is_string()) {
        if (*scope.as_string() != "unscoped")
            return make_error(Code::invalid, "auth.scope is an object or \"unscoped\"");
        out.scope = AuthRequest::Scope::unscoped;
        return {};
    }
    if (scope.get("project").is_object()) {
        out.scope = AuthRequest::Scope::project;
        out.target = TRY(thing(scope.get("project"), "scope.project"));
    } else if (scope.get("domain").is_object()) {
        out.scope = AuthRequest::Scope::domain;
        out.target = TRY(thing(scope.get("domain"), "scope.domain"));
    } else if (scope.has("unscoped")) {
        out.scope = AuthRequest::Scope::unscoped;
    } else {
        return make_error(Code::invalid, "auth.scope names a project or a domain");
    }
    return {};
}

}  // namespace

Result<AuthRequest> parse_auth_request(std::string_view body) {
    auto json = JsonView::parse(body);
    if (!json.ok() || !json->is_object())
        return make_error(Code::invalid,
                          "the body is JSON like {{\"auth\":{{\"identity\":{{\"methods\":[\"password\"],...}}}}}}");
    const JsonView auth = TRY(object(*json, "auth", "body"));
    const JsonView identity = TRY(object(auth, "identity", "auth"));
    const JsonView methods = identity.get("methods");
    if (!methods.is_array() || methods.size() == 0 || methods.size() > 3)
        return make_error(Code::invalid, "auth.identity.methods is a list of password, token, application_credential");
    AuthRequest out;
    for (size_t i = 0; i < methods.size(); ++i) {
        const std::string method = methods.at(i).as_string().value_or("");
        if (method != "password" && method != "token" && method != "application_credential")
            return make_error(Code::invalid, "auth.identity.methods knows password, token and application_credential");
        if (std::find(out.methods.begin(), out.methods.end(), method) != out.methods.end())
            return make_error(Code::invalid, "auth.identity.methods names {} twice", method);
        TRY(read_method(identity, method, out));
        out.methods.push_back(method);
    }
    TRY(read_scope(auth.get("scope"), out));
    return out;
}

}  // namespace belfry::api
