// API keys.
#include "api/belfry/routes.h"
#include "base/json.h"

namespace belfry::api {
namespace {

void time_or_null(JsonWriter& json, std::string_view name, std::optional<int64_t> time_ms) {
    json.key(name);
    if (time_ms)
        json.integer(*time_ms);
    else
        json.null();
}

http::Response list(const BelfryParts& parts) {
    JsonWriter json;
    json.begin_object().key("keys").begin_array();
    const auto snapshot = parts.catalog.snapshot();
    for (const auto& [id, key] : snapshot->keys) {
        json.begin_object()
            .field("id", id)
            .field("name", key.name)
            .field("scope", to_string(key.scope))
            .field("tenant", key.tenant);
        json.field("created_ms", key.created_ms).field("created_by", key.created_by);
        time_or_null(json, "expires_ms", key.expires_ms);
        time_or_null(json, "last_used_ms", parts.catalog.key_last_used_ms(id));
        json.end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

http::Response create(const BelfryParts& parts, const http::Request& request) {
    auto body = JsonView::parse(request.body);
    if (!body.ok() || !body->is_object())
        return http::error_response(make_error(Code::invalid, "a key is {{\"name\",\"scope\",\"expires_ms\"?}}"));
    const auto scope = catalog::parse_scope(body->string_or("scope", ""));
    if (!scope) return http::error_response(make_error(Code::invalid, "scope is ingest, read or admin"));
    const JsonView expires = body->get("expires_ms");
    if (!expires.is_null() && !expires.as_int())
        return http::error_response(make_error(Code::invalid, "expires_ms is milliseconds since 1970"));
    auto made = parts.changes.create_key({.name = body->string_or("name", ""),
                                          .tenant = request.identity.tenant,
                                          .scope = *scope,
                                          .expires_ms = expires.as_int(),
                                          .by = request.identity.user});
    if (!made.ok()) return http::error_response(made.error());
    JsonWriter json;
    json.begin_object().field("id", made->id).field("key", made->text).end_object();
    http::Response response = http::json_response(json.take());
    response.set_header("Cache-Control", "no-store");
    return response;
}

http::Response revoke(const BelfryParts& parts, const http::Request& request) {
    const auto id = request.path_params.find("id");
    auto done = parts.changes.revoke_key(id == request.path_params.end() ? "" : id->second, request.identity.user);
    return done.ok() ? http::empty_response() : http::error_response(done.error());
}

}  // namespace

void add_key_routes(http::Router& router, const BelfryParts& parts) {
    // the list is no telemetry: it needs the rights of who may change it
    router.add("GET", "/api/v1/belfry/keys", http::Access::change,
               [parts](const http::Request&) { return list(parts); });
    router.add("POST", "/api/v1/belfry/keys", http::Access::change,
               [parts](const http::Request& request) { return create(parts, request); });
    router.add("DELETE", "/api/v1/belfry/keys/:id", http::Access::change,
               [parts](const http::Request& request) { return revoke(parts, request); });
}

}  // namespace belfry::api
