#include "api/alertmanager/alertmanager_api.h"
#include "base/rfc3339.h"
#include "catalog/alarm_log.h"
#include "notify/silence_check.h"

namespace belfry::api {
namespace {

using catalog::Silence;
using Op = model::Matcher::Op;

void write_silence(JsonWriter& json, const Silence& silence, int64_t now_ms) {
    json.begin_object().field("id", silence.id).key("status").begin_object();
    json.field("state", notify::status_of(silence, now_ms)).end_object();
    json.field("updatedAt", notify::rfc3339(silence.updated_ms)).field("comment", silence.comment);
    json.field("createdBy", silence.created_by).field("startsAt", notify::rfc3339(silence.starts_ms));
    json.field("endsAt", notify::rfc3339(silence.ends_ms)).key("matchers").begin_array();
    for (const model::Matcher& m : silence.matchers) {
        json.begin_object().field("name", m.name()).field("value", m.value());
        json.field("isRegex", m.op() == Op::regex || m.op() == Op::not_regex);
        json.field("isEqual", m.op() == Op::equal || m.op() == Op::regex).end_object();
    }
    json.end_array().end_object();
}

std::string id_of(const http::Request& request) {
    const auto id = request.path_params.find("id");
    return id == request.path_params.end() ? "" : id->second;
}

Result<Silence> find(const AlertmanagerParts& parts, const std::string& id, const std::string& tenant) {
    const auto snapshot = parts.catalog.snapshot();
    const catalog::Document* document = snapshot->document(catalog::SILENCE, id, tenant);
    if (!document) return make_error(Code::not_found, "there is no silence {}", id);
    return catalog::read_silence(*document);
}

Result<Silence> save(const AlertmanagerParts& parts, const http::Request& request, const Silence& silence) {
    const std::string by = request.identity.user.empty() ? silence.created_by : request.identity.user;
    return catalog::read_silence(TRY(parts.changes.save_document(catalog::to_document(silence), by)));
}

Result<int64_t> time_of(const JsonView& json, std::string_view name) {
    const auto ms = parse_rfc3339_ms(json.string_or(name, ""));
    if (!ms) return make_error(Code::invalid, "{} is a time like 2026-01-02T15:04:05Z", name);
    return *ms;
}

Result<Silence> read_body(const http::Request& request) {
    const JsonView json = TRY(JsonView::parse(request.body));
    if (!json.is_object()) return make_error(Code::invalid, "a silence is a JSON object");
    Silence out;
    out.id = json.string_or("id", "");
    out.tenant = request.identity.tenant;
    out.comment = json.string_or("comment", "");
    out.created_by = json.string_or("createdBy", "");
    out.starts_ms = TRY(time_of(json, "startsAt"));
    out.ends_ms = TRY(time_of(json, "endsAt"));
    const JsonView matchers = json.get("matchers");
    for (size_t i = 0; i < matchers.size(); ++i) {
        const JsonView m = matchers.at(i);
        const bool regex = m.bool_or("isRegex", false), equal = m.bool_or("isEqual", true);
        out.matchers.push_back(
            TRY(model::Matcher::make(regex ? (equal ? Op::regex : Op::not_regex) : (equal ? Op::equal : Op::not_equal),
                                     m.string_or("name", ""), m.string_or("value", ""))));
    }
    return out;
}

/// A new one; or the one of that id changed, which takes its place.
Result<Silence> put(const AlertmanagerParts& parts, const http::Request& request) {
    Silence silence = TRY(read_body(request));
    const int64_t now_ms = parts.clock.now_ms();
    if (silence.id.empty()) {
        silence.id = catalog::random_uuid();
        silence.starts_ms = std::max(silence.starts_ms, now_ms);
    } else {
        const Silence before = TRY(find(parts, silence.id, silence.tenant));
        if (notify::status_of(before, now_ms) == "expired") silence.id = catalog::random_uuid();
    }
    TRY(notify::check_silence(silence, now_ms));
    return save(parts, request, silence);
}

http::Response list(const AlertmanagerParts& parts, const http::Request& request) {
    const auto filter = filter_of(request);
    if (!filter.ok()) return http::error_response(filter.error());
    JsonWriter json;
    json.begin_array();
    for (const Silence& silence : *parts.engine.catalog_view().silences(request.identity.tenant)) {
        // A filter asks for silences that have such a matcher.
        const bool wanted = std::all_of(filter->begin(), filter->end(), [&](const model::Matcher& f) {
            return std::any_of(silence.matchers.begin(), silence.matchers.end(),
                               [&](const model::Matcher& m) { return m.name() == f.name() && f.matches(m.value()); });
        });
        if (wanted) write_silence(json, silence, parts.clock.now_ms());
    }
    json.end_array();
    return http::json_response(json.take());
}

}  // namespace

void add_alertmanager_silence_routes(http::Router& router, const std::string& base, const AlertmanagerParts& parts) {
    using http::Access;
    router.add("GET", base + "/silences", Access::read,
               [parts](const http::Request& request) { return list(parts, request); });
    router.add("POST", base + "/silences", Access::edit,
               [parts](const http::Request& request) {
                   const auto saved = put(parts, request);
                   if (!saved.ok()) return http::error_response(saved.error());
                   JsonWriter json;
                   json.begin_object().field("silenceID", saved->id).end_object();
                   return http::json_response(json.take());
               },
               {.plain_body = true});
    router.add("GET", base + "/silence/:id", Access::read, [parts](const http::Request& request) {
        const auto silence = find(parts, id_of(request), request.identity.tenant);
        if (!silence.ok()) return http::error_response(silence.error());
        JsonWriter json;
        write_silence(json, *silence, parts.clock.now_ms());
        return http::json_response(json.take());
    });
    router.add("DELETE", base + "/silence/:id", Access::edit, [parts](const http::Request& request) {
        auto silence = find(parts, id_of(request), request.identity.tenant);
        if (!silence.ok()) return http::error_response(silence.error());
        notify::expire(*silence, parts.clock.now_ms());
        const auto saved = save(parts, request, *silence);
        return saved.ok() ? http::empty_response(200) : http::error_response(saved.error());
    });
}

}  // namespace belfry::api
