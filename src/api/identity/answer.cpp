#include "api/identity/answer.h"

#include "catalog/secret.h"

#include <ctime>

namespace belfry::api {
namespace {

std::string_view title(int status) {
    switch (status) {
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 409: return "Conflict";
        case 413: return "Request Entity Too Large";
        case 429: return "Too Many Requests";
        case 503: return "Service Unavailable";
        default: return "Internal Server Error";
    }
}

int status_of(Code code) {
    switch (code) {
        case Code::invalid: return 401;
        case Code::not_found: return 404;
        case Code::conflict: return 409;
        case Code::exhausted: return 429;
        case Code::unavailable:
        case Code::timeout: return 503;
        default: return 500;
    }
}

}  // namespace

http::Response identity_answer(std::string json, int status) {
    http::Response out = http::json_response(std::move(json));
    out.status = status;
    out.set_header("Cache-Control", "no-store");
    out.set_header("Vary", "X-Auth-Token");
    return out;
}

http::Response identity_error(int status, std::string_view message) {
    JsonWriter json;
    json.begin_object().key("error").begin_object().field("code", status).field("title", title(status));
    json.field("message", message).end_object().end_object();
    http::Response out = identity_answer(json.take(), status);
    if (status == 401) out.set_header("WWW-Authenticate", "Keystone uri=\"/identity/v3\"");
    if (status == 429) out.set_header("Retry-After", "60");
    return out;
}

http::Response identity_error(const Error& error) {
    return identity_error(status_of(error.code), error.message);
}

std::string site_of(const http::Request& request, const IdentityParts& parts) {
    const std::string_view host = request.header("host");
    // only the asker himself sees what it makes of a header that he sent
    const bool tls = request.header("x-forwarded-proto") == "https";
    return fmt::format("{}://{}", tls ? "https" : "http", host.empty() ? std::string_view(parts.address) : host);
}

std::string identity_base(const http::Request& request, const IdentityParts& parts) {
    // an address of its own may have the identity API at its root
    const bool below = request.path == "/identity" || request.path.starts_with("/identity/");
    return site_of(request, parts) + (below ? "/identity" : "");
}

std::string iso_time(int64_t time_ms) {
    const auto seconds = static_cast<time_t>(time_ms >= 0 ? time_ms / 1000 : (time_ms - 999) / 1000);
    std::tm parts{};
    if (gmtime_r(&seconds, &parts) == nullptr) return "";
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       time_ms - static_cast<int64_t>(seconds) * 1000);
}

void write_domain(JsonWriter& json) {
    json.key("domain").begin_object().field("id", "default").field("name", "Default").end_object();
}

std::string role_id(std::string_view name) {
    return catalog::to_hex(catalog::digest(name)).substr(0, 32);
}

std::string path_param(const http::Request& request, std::string_view name) {
    const auto found = request.path_params.find(name);
    return found == request.path_params.end() ? "" : found->second;
}

Result<Caller> caller_of(const http::Request& request, const IdentityParts& parts) {
    const std::string_view token = request.header("x-auth-token");
    if (token.empty()) return make_error(Code::invalid, "The request you have made requires authentication.");
    Caller out{.identity = request.identity, .grant = std::nullopt};
    // the front door has looked at a key of Belfry's already
    if (token.starts_with("bf_")) {
        if (out.identity.role == http::Role::none) return make_error(Code::invalid, "this key is not known here");
        return out;
    }
    out.grant = TRY(parts.service.check(token));
    parts.service.describe(*out.grant, out.identity);
    return out;
}

http::Handler with_caller(const IdentityParts& parts, CallerHandler handler) {
    return [parts, handler = std::move(handler)](const http::Request& request) {
        if (!parts.ready()) return identity_error(503, "not ready yet");
        const auto caller = caller_of(request, parts);
        return caller.ok() ? handler(request, *caller) : identity_error(caller.error());
    };
}

http::Handler with_admin(const IdentityParts& parts, CallerHandler handler) {
    return with_caller(parts, [handler = std::move(handler)](const http::Request& request, const Caller& caller) {
        if (!caller.is_admin()) return identity_error(403, "You are not authorized to perform the requested action.");
        return handler(request, caller);
    });
}

}  // namespace belfry::api
