// Silences: nothing is told of alarms that they match. They are expired, not removed.
#include "api/belfry/notification_routes.h"
#include "base/json.h"
#include "catalog/alarm_log.h"
#include "notify/matchers.h"
#include "notify/notice.h"
#include "notify/silence_check.h"

namespace belfry::api {
namespace {

using catalog::Silence;
constexpr std::array<std::string_view, 4> OPERATORS = {"=", "!=", "=~", "!~"};  // in the order of Matcher::Op

void write_silence(JsonWriter& json, const Silence& silence, int64_t now_ms, int64_t alarms) {
    json.begin_object().field("id", silence.id).key("matchers").begin_array();
    for (const model::Matcher& m : silence.matchers) {
        json.begin_object().field("name", m.name()).field("op", OPERATORS[static_cast<size_t>(m.op())]);
        json.field("value", m.value()).end_object();
    }
    json.end_array().field("starts_ms", silence.starts_ms).field("ends_ms", silence.ends_ms);
    json.field("created_by", silence.created_by).field("comment", silence.comment);
    json.field("status", notify::status_of(silence, now_ms)).field("alarms", alarms).end_object();
}

std::vector<model::Dimensions> all_labels(const NotificationParts& parts, const std::string& tenant) {
    std::vector<model::Dimensions> out;
    for (const auto& alarm : parts.alarms.alarms(tenant))
        out.push_back(notify::labels_of(*alarm));
    return out;
}

int64_t matched(const Silence& silence, const std::vector<model::Dimensions>& labels) {
    return std::count_if(labels.begin(), labels.end(),
                         [&](const model::Dimensions& of) { return notify::all_match(silence.matchers, of); });
}

http::Response answer(const NotificationParts& parts, const Silence& silence, int status) {
    JsonWriter json;
    write_silence(json, silence, parts.clock.now_ms(), matched(silence, all_labels(parts, silence.tenant)));
    http::Response out = http::json_response(json.take());
    out.status = status;
    return out;
}

Result<Silence> find(const NotificationParts& parts, const http::Request& request) {
    const std::string id = method_or_silence_id(request);
    const auto snapshot = parts.catalog.snapshot();
    const catalog::Document* document = snapshot->document(catalog::SILENCE, id, request.identity.tenant);
    if (!document) return make_error(Code::not_found, "there is no silence {}", id);
    return catalog::read_silence(*document);
}

Result<Silence> read_body(const http::Request& request, int64_t now_ms) {
    const JsonView json = TRY(JsonView::parse(request.body));
    if (!json.is_object()) return make_error(Code::invalid, "a silence is a JSON object");
    Silence out;
    out.tenant = request.identity.tenant;
    out.starts_ms = json.int_or("starts_ms", now_ms);
    const auto ends_ms = json.get("ends_ms").as_int();
    if (!ends_ms) return make_error(Code::invalid, "ends_ms is a time in milliseconds");
    out.ends_ms = *ends_ms;
    out.comment = json.string_or("comment", "");
    out.created_by = changer(request);
    const JsonView matchers = json.get("matchers");
    for (size_t i = 0; i < matchers.size(); ++i) {
        const JsonView m = matchers.at(i);
        const auto name = m.get("name").as_string(), value = m.get("value").as_string();
        const auto op = std::find(OPERATORS.begin(), OPERATORS.end(), m.string_or("op", "="));
        if (!name || !value || op == OPERATORS.end())
            return make_error(Code::invalid, "a matcher has name, op (= != =~ !~) and value");
        out.matchers.push_back(
            TRY(model::Matcher::make(static_cast<model::Matcher::Op>(op - OPERATORS.begin()), *name, *value)));
    }
    return out;
}

Result<Silence> save(const NotificationParts& parts, const http::Request& request, const Silence& silence) {
    return catalog::read_silence(TRY(parts.changes.save_document(catalog::to_document(silence), changer(request))));
}

http::Response list(const NotificationParts& parts, const http::Request& request) {
    const int64_t now_ms = parts.clock.now_ms();
    const auto labels = all_labels(parts, request.identity.tenant);
    JsonWriter json;
    json.begin_object().key("silences").begin_array();
    for (const Silence& silence : *parts.engine.catalog_view().silences(request.identity.tenant))
        write_silence(json, silence, now_ms, matched(silence, labels));
    json.end_array().end_object();
    return http::json_response(json.take());
}

http::Response put(const NotificationParts& parts, const http::Request& request, const Silence* before) {
    const int64_t now_ms = parts.clock.now_ms();
    auto silence = read_body(request, before ? before->starts_ms : now_ms);
    if (!silence.ok()) return http::error_response(silence.error());
    silence->id = before ? before->id : catalog::random_uuid();
    if (before) silence->created_by = before->created_by;
    if (Status good = notify::check_silence(*silence, now_ms); !good.ok()) return http::error_response(good.error());
    const auto saved = save(parts, request, *silence);
    return saved.ok() ? answer(parts, *saved, before ? 200 : 201) : http::error_response(saved.error());
}

http::Response expire(const NotificationParts& parts, const http::Request& request) {
    auto silence = find(parts, request);
    if (!silence.ok()) return http::error_response(silence.error());
    notify::expire(*silence, parts.clock.now_ms());
    const auto saved = save(parts, request, *silence);
    return saved.ok() ? http::empty_response() : http::error_response(saved.error());
}

}  // namespace

void add_silence_routes(http::Router& router, const NotificationParts& parts) {
    using http::Access;
    const std::string all = "/api/v1/belfry/silences", one = all + "/:id";
    router.add("GET", all, Access::read, [parts](const http::Request& request) { return list(parts, request); });
    router.add("POST", all, Access::edit,
               [parts](const http::Request& request) { return put(parts, request, nullptr); }, {.plain_body = true});
    router.add("GET", one, Access::read, [parts](const http::Request& request) {
        const auto silence = find(parts, request);
        return silence.ok() ? answer(parts, *silence, 200) : http::error_response(silence.error());
    });
    router.add("PUT", one, Access::edit,
               [parts](const http::Request& request) {
                   const auto before = find(parts, request);
                   return before.ok() ? put(parts, request, &*before) : http::error_response(before.error());
               },
               {.plain_body = true});
    router.add("DELETE", one, Access::edit, [parts](const http::Request& request) { return expire(parts, request); });
}

}  // namespace belfry::api
