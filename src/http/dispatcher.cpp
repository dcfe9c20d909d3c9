#include "http/dispatcher.h"

#include "base/log.h"
#include "http/authenticator.h"
#include "http/content_encoding.h"
#include "http/grpc.h"
#include "http/job.h"
#include "http/refusal.h"
#include "http/router.h"
#include "http/static_files.h"
#include "http/stats.h"
#include "http/url.h"

namespace belfry::http {
namespace {

bool is_safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool is_page_request(const Request& request) {
    return (request.method == "GET" || request.method == "HEAD") &&
           request.header("accept").find("text/html") != std::string_view::npos;
}

bool is_form(const Request& request) {
    return request.header("content-type").starts_with("application/x-www-form-urlencoded");
}

void add_security_headers(Response& response) {
    response.set_header("X-Content-Type-Options", "nosniff");
    if (!response.content_type.starts_with("text/html")) return;
    response.set_header("Content-Security-Policy",
                        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
                        "'self'; connect-src 'self'; "
                        "manifest-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("X-Frame-Options", "DENY");
    response.set_header("Cross-Origin-Opener-Policy", "same-origin");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    response.set_header("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
}

Response refuse(const char* reason, int status, std::string_view error_type, std::string_view message) {
    refused_total.at({reason}).add();
    return error_response(status, error_type, message);
}

Response needs_login(std::string_view message) {
    Response out = refuse("unauthenticated", 401, "unauthorized", message);
    out.set_header("WWW-Authenticate", "Bearer realm=\"belfry\"");
    return out;
}

}  // namespace

bool is_tenant_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '-';
    });
}

Response Dispatcher::answer(Job& job) const {
    Request request;
    request.method = job.head.method;
    request.path = job.head.path;
    request.headers = std::move(job.head.headers);
    request.remote_address = job.peer_host;
    request.listener = job.entrance->name;
    request.identity.loopback = job.peer_is_loopback && !is_forwarded(request);
    request.disconnected = job.disconnected;
    request.http2 = job.stream != 0;
    std::string route_label = "none";
    const bool grpc = request.http2 && is_grpc(request);
    Response response = grpc && too_late(job, request) ? refuse("grpc_deadline", 408, "timeout", "the deadline of the call has passed")
                                                       : run(job, request, &route_label);
    if (grpc) return finish_grpc(std::move(response), route_label);
    if (response.status >= 400) {
        const auto* reword = parts_.router.rewording(job.entrance->path_prefix + request.path);
        if (reword == nullptr) reword = parts_.router.rewording(request.path);
        if (reword != nullptr) response = (*reword)(std::move(response));
    }
    add_security_headers(response);
    if (response.status == 503 && !response.has_header("Retry-After"))
        response.set_header("Retry-After", std::to_string(RETRY_AFTER_S));
    compress_response(request, response);
    requests_total.at({route_label, std::to_string(response.status)}).add();
    return response;
}

Response Dispatcher::run(Job& job, Request& request, std::string* route_label) const {
    if (auto refused = check_origin(job, request)) return *std::move(refused);
    if (auto bad = parse_form(job.head.query, QUERY_PAIRS_MAX, &request.query); !bad.ok())
        return refuse("bad_query", 400, "bad_data", std::move(bad).context("query string").error().message);

    // an alias of another system's port finds that system's paths first
    RouteMatch match;
    const std::string& prefix = job.entrance->path_prefix;
    if (!prefix.empty()) match = parts_.router.find(request.method, prefix + request.path);
    if (match.route == nullptr && !match.other_method) match = parts_.router.find(request.method, request.path);
    const Access access = match.route != nullptr ? match.route->access : Access::read;

    // /metrics is a page for a browser and an exposition for everybody else
    if (parts_.files != nullptr && (match.route == nullptr || is_page_request(request))) {
        if (auto file = parts_.files->find(request)) {
            *route_label = "static";
            return *std::move(file);
        }
    }
    if (access != Access::open) {
        if (auto refused = identify(request)) return *std::move(refused);
        // what exists is told only to those who may read
        if (auto refused = check_access(request, access)) return *std::move(refused);
    }
    if (match.route == nullptr) {
        if (match.other_method)
            return refuse("method", 405, "bad_data", "this path does not know the method " + request.method);
        return refuse("not_found", 404, "not_found", "no such path: " + request.path);
    }
    *route_label = match.route->pattern;
    request.path_params = std::move(match.path_params);
    if (access == Access::open) {
        // a login page must open with a stale cookie, so a bad credential is no error here
        if (auto identity = parts_.authenticator.authenticate(request); identity.ok()) {
            const bool loopback = request.identity.loopback;
            request.identity = *std::move(identity);
            request.identity.loopback = loopback;
        }
    }
    if (auto refused = take_body(job, request, match.route->options)) return *std::move(refused);
    return match.route->handler(request);
}

/// grpc-timeout counts from the call's arrival; a worker may have come to it late.
bool Dispatcher::too_late(const Job& job, const Request& request) const {
    const auto timeout_ms = parse_grpc_timeout_ms(request.header("grpc-timeout"));
    return timeout_ms && parts_.clock.monotonic_ns() - job.ready_ns > *timeout_ms * 1'000'000;
}

Response Dispatcher::finish_grpc(Response response, const std::string& route_label) const {
    if (response.content_type != "application/grpc") response = grpc_refusal(response);
    std::string code;
    for (const auto* fields : {&response.headers, &response.trailers})
        for (const auto& [name, value] : *fields)
            if (name == "grpc-status") code = value;
    grpc_requests_total.at({route_label, code}).add();
    return response;
}

std::optional<Response> Dispatcher::check_origin(const Job& job, const Request& request) const {
    // only HTTP/1.0 may leave Host out, and no browser speaks that
    if (!job.head.authority.empty() && !hosts_.serves(job.head.authority)) {
        return refuse("host", 403, "forbidden",
                      fmt::format("host {} is not served here; add it to http.hosts if it is yours",
                                  job.head.authority.substr(0, 100)));
    }
    if (is_safe(request.method)) return std::nullopt;
    const std::string_view origin = request.header("origin");
    const std::string_view site = request.header("sec-fetch-site");
    const bool foreign =
        (!origin.empty() && !origin_fits(origin, job.head.authority)) || site == "cross-site" || site == "same-site";
    if (foreign) return refuse("origin", 403, "forbidden", "a page of another site may not do this");
    return std::nullopt;
}

std::optional<Response> Dispatcher::identify(Request& request) const {
    auto identity = parts_.authenticator.authenticate(request);
    if (!identity.ok()) {
        if (identity.error().code == Code::unavailable) return error_response(identity.error());
        return needs_login(identity.error().message);
    }
    const bool loopback = request.identity.loopback;
    request.identity = *std::move(identity);
    request.identity.loopback = loopback;
    if (parts_.policy.auth_off && loopback) request.identity.role = Role::admin;

    const auto found = request.headers.find("x-scope-orgid");
    if (found == request.headers.end()) return std::nullopt;
    const std::string& tenant = found->second;
    if (!is_tenant_name(tenant))
        return refuse("tenant", 400, "bad_data", "X-Scope-OrgID must be 1 to 64 of A-Z a-z 0-9 _ . -");
    if (request.identity.tenant_bound && tenant != request.identity.tenant)
        return refuse("tenant", 403, "forbidden", "the key belongs to another tenant than X-Scope-OrgID");
    request.identity.tenant = tenant;
    return std::nullopt;
}

std::optional<Response> Dispatcher::check_access(const Request& request, Access access) const {
    switch (authorise(access, request.identity, parts_.policy)) {
        case Verdict::needs_login: return needs_login("log in, or send a key: Authorization: Bearer bf_...");
        case Verdict::forbidden: return refuse("forbidden", 403, "forbidden", "this key or user may not do this");
        case Verdict::allowed: break;
    }
    const bool changes = (access == Access::change || access == Access::edit) && !is_safe(request.method);
    if (changes && !request.identity.session_id.empty() && !parts_.authenticator.csrf_fits(request, request.identity))
        return refuse("csrf", 403, "forbidden", "header X-Belfry-Csrf is missing or of another session");
    return std::nullopt;
}

std::optional<Response> Dispatcher::take_body(Job& job, Request& request, const RouteOptions& options) const {
    std::string encoding = content_encoding_of(request);
    if (options.raw_body) {
        request.content_encoding = std::move(encoding);
        request.body = std::move(job.body);
        return std::nullopt;
    }
    auto body = decode_content(encoding, std::move(job.body),
                               {parts_.config.decoded_bytes_max, parts_.config.decoded_ratio_max});
    if (!body.ok()) {
        if (body.error().code == Code::exhausted)
            return refuse("decoded_too_large", 413, "too_large", body.error().message);
        const bool unknown = body.error().code == Code::not_found;
        return refuse(unknown ? "unknown_encoding" : "bad_encoding", unknown ? 415 : 400, "bad_data",
                      body.error().message);
    }
    request.body = *std::move(body);
    if (!options.plain_body && is_form(request)) {
        if (auto bad = parse_form(request.body, QUERY_PAIRS_MAX, &request.form); !bad.ok())
            return refuse("bad_form", 400, "bad_data", std::move(bad).context("form").error().message);
    }
    return std::nullopt;
}

}  // namespace belfry::http
