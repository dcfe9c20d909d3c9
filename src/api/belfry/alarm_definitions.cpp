// Alarm definitions: what rings when.
#include "api/belfry/alarm_json.h"
#include "api/belfry/alarm_routes.h"

namespace belfry::api {
namespace {

constexpr const char* ALL = "/api/v1/belfry/alarm-definitions";
constexpr const char* ONE = "/api/v1/belfry/alarm-definitions/:id";

using Definition = alarm::Definitions::Ptr;
using CountsById = std::map<std::string, StateCounts, std::less<>>;

CountsById counts_by_definition(const AlarmApiParts& parts, const std::string& tenant) {
    CountsById out;
    for (const alarm::AlarmPtr& a : parts.store.alarms(tenant))
        ++out[a->definition_id][static_cast<size_t>(a->state)];
    return out;
}

void write_one(JsonWriter& json, const AlarmApiParts& parts, const Definition& d, const CountsById& counts) {
    const auto found = counts.find(d->id);
    const auto parsed = parts.definitions.parse(d->language, d->expression);
    write_definition(json, *d, found == counts.end() ? StateCounts{} : found->second, parsed.ok() ? &*parsed : nullptr);
}

http::Response answer(const AlarmApiParts& parts, const Result<Definition>& definition, int status = 200) {
    if (!definition.ok()) return http::error_response(definition.error());
    JsonWriter json;
    write_one(json, parts, *definition, counts_by_definition(parts, (*definition)->tenant));
    http::Response response = http::json_response(json.take());
    response.status = status;
    return response;
}

http::Response list(const AlarmApiParts& parts, const http::Request& request) {
    const CountsById counts = counts_by_definition(parts, request.identity.tenant);
    JsonWriter json;
    json.begin_object().key("definitions").begin_array();
    for (const Definition& d : parts.definitions.list(request.identity.tenant))
        write_one(json, parts, d, counts);
    json.end_array().end_object();
    return http::json_response(json.take());
}

http::Response read(const AlarmApiParts& parts, const http::Request& request) {
    return answer(parts, parts.definitions.find(request.identity.tenant, path_id(request)));
}

http::Response create(const AlarmApiParts& parts, const http::Request& request) {
    const auto body = JsonView::parse(request.body);
    if (!body.ok())
        return http::error_response(make_error(Code::invalid, "the body is no JSON: {}", body.error().message));
    auto definition = read_definition(*body);
    if (!definition.ok()) return http::error_response(definition.error());
    definition->tenant = request.identity.tenant;
    return answer(parts, parts.definitions.create(std::move(*definition), request.identity.user), 201);
}

http::Response replace(const AlarmApiParts& parts, const http::Request& request) {
    const auto body = JsonView::parse(request.body);
    if (!body.ok())
        return http::error_response(make_error(Code::invalid, "the body is no JSON: {}", body.error().message));
    auto definition = read_definition(*body);
    if (!definition.ok()) return http::error_response(definition.error());
    definition->tenant = request.identity.tenant;
    definition->id = path_id(request);
    return answer(parts,
                  parts.definitions.update(std::move(*definition), alarm::ChangeRules::free, request.identity.user));
}

http::Response remove(const AlarmApiParts& parts, const http::Request& request) {
    const Status done = parts.definitions.remove(request.identity.tenant, path_id(request), request.identity.user);
    return done.ok() ? http::empty_response() : http::error_response(done.error());
}

}  // namespace

void add_alarm_definition_routes(http::Router& router, const AlarmApiParts& parts) {
    const auto add = [&](std::string method, std::string pattern, http::Access access, auto call) {
        router.add(std::move(method), std::move(pattern), access,
                   [parts, call](const http::Request& request) { return call(parts, request); });
    };
    add("GET", ALL, http::Access::read, list);
    add("POST", ALL, http::Access::edit, create);
    add("GET", ONE, http::Access::read, read);
    add("PUT", ONE, http::Access::edit, replace);
    add("DELETE", ONE, http::Access::edit, remove);
}

}  // namespace belfry::api
