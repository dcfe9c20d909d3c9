// What people do to alarms.
#include "api/belfry/alarm_json.h"
#include "api/belfry/alarm_routes.h"

namespace belfry::api {
namespace {

constexpr std::string_view ONE = "/api/v1/belfry/alarms/:id";

http::Response answer(const AlarmApiParts& parts, const http::Request& request, const Result<alarm::AlarmPtr>& done) {
    if (!done.ok()) return http::error_response(done.error());
    const int64_t now_ms = parts.clock.now_ms();
    const SilencesNow silences(parts.catalog, request.identity.tenant, now_ms);
    JsonWriter json;
    write_alarm_view(json, {.alarm = **done, .silences = silences, .now_ms = now_ms, .value = std::nullopt});
    return http::json_response(json.take());
}

Result<alarm::Quiet> read_quiet(const http::Request& request) {
    const auto body = JsonView::parse(request.body);
    if (!body.ok() || !body->is_object() || (body->has("reason") && !body->get("reason").is_string()))
        return make_error(Code::invalid, "the body is {{\"reason\":\"...\",\"until_ms\":...}}");
    const JsonView until = body->get("until_ms");
    if (!until.is_null() && !until.as_int()) return make_error(Code::invalid, "until_ms is milliseconds since 1970");
    return alarm::Quiet{.reason = body->string_or("reason", ""), .until_ms = until.as_int().value_or(0)};
}

http::Response acknowledge(const AlarmApiParts& parts, const http::Request& request) {
    const auto quiet = read_quiet(request);
    if (!quiet.ok()) return http::error_response(quiet.error());
    return answer(parts, request,
                  parts.desk.acknowledge(request.identity.tenant, path_id(request), *quiet, request.identity.user));
}

http::Response withdraw(const AlarmApiParts& parts, const http::Request& request) {
    return answer(parts, request,
                  parts.desk.withdraw(request.identity.tenant, path_id(request), request.identity.user));
}

http::Response mute(const AlarmApiParts& parts, const http::Request& request) {
    const auto quiet = read_quiet(request);
    if (!quiet.ok()) return http::error_response(quiet.error());
    const auto done = parts.desk.mute(request.identity.tenant, path_id(request), *quiet, request.identity.user);
    if (!done.ok()) return http::error_response(done.error());
    return answer(parts, request, parts.desk.find(request.identity.tenant, path_id(request)));
}

http::Response unmute(const AlarmApiParts& parts, const http::Request& request) {
    const Status done = parts.desk.unmute(request.identity.tenant, path_id(request), request.identity.user);
    if (!done.ok()) return http::error_response(done.error());
    return answer(parts, request, parts.desk.find(request.identity.tenant, path_id(request)));
}

http::Response remove(const AlarmApiParts& parts, const http::Request& request) {
    const Status done = parts.desk.remove(request.identity.tenant, path_id(request), request.identity.user);
    return done.ok() ? http::empty_response() : http::error_response(done.error());
}

}  // namespace

void add_alarm_change_routes(http::Router& router, const AlarmApiParts& parts) {
    const auto add = [&](std::string method, std::string_view rest, auto change) {
        router.add(std::move(method), std::string(ONE) + std::string(rest), http::Access::edit,
                   [parts, change](const http::Request& request) { return change(parts, request); });
    };
    add("POST", "/ack", acknowledge);
    add("DELETE", "/ack", withdraw);
    add("POST", "/mute", mute);
    add("DELETE", "/mute", unmute);
    add("DELETE", "", remove);
}

}  // namespace belfry::api
