#include "http/titled_error.h"

#include "base/json.h"
#include "http/dispatcher.h"

namespace belfry::http {
namespace {

std::string_view title_of(int status) {
    switch (status) {
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 409: return "Conflict";
        case 413: return "Request Entity Too Large";
        case 415: return "Unsupported Media Type";
        case 422: return "Unprocessable Entity";
        case 429: return "Too Many Requests";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        default: return "Error";
    }
}

constexpr std::string_view RETRY_AFTER = "2";
}  // namespace

Response titled_error(int status, std::string_view description) {
    JsonWriter json;
    json.begin_object().field("title", title_of(status)).field("description", description).end_object();
    Response out = json_response(json.take());
    out.status = status;
    return out;
}

Response titled_error(const Error& error) {
    switch (error.code) {
        case Code::invalid: return titled_error(422, error.message);
        case Code::not_found: return titled_error(404, error.message);
        case Code::conflict: return titled_error(409, error.message);
        case Code::exhausted:
        case Code::unavailable:
        case Code::timeout: {
            Response out = titled_error(error.code == Code::exhausted ? 429 : 503, error.message);
            out.set_header("Retry-After", RETRY_AFTER);
            return out;
        }
        default: return titled_error(500, error.message);
    }
}

Response retitled(Response refusal) {
    if (refusal.status < 400 || !refusal.body.starts_with(R"({"status":"error")")) return refusal;
    const auto json = JsonView::parse(refusal.body);
    Response out = titled_error(refusal.status == 403 ? 401 : refusal.status,
                                json.ok() ? json->string_or("error", "refused") : "refused");
    out.headers = std::move(refusal.headers);
    return out;
}

Result<std::string> delegated_tenant(const Identity& identity, std::string_view tenant) {
    if (tenant.empty() || tenant == identity.tenant) return identity.tenant;
    if (!is_tenant_name(tenant)) return make_error(Code::invalid, "a tenant's name is 1 to 64 of A-Z a-z 0-9 _ . -");
    if (identity.tenant_bound)
        return make_error(Code::invalid, "to act for tenant {} needs a role of identity.delegate_roles", tenant);
    return std::string(tenant);
}

}  // namespace belfry::http
