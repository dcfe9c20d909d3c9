#include "api/alertmanager/alertmanager_api.h"
#include "base/ascii.h"
#include "base/rfc3339.h"
#include "base/utf8.h"
#include "notify/matchers.h"
#include "notify/stats.h"

namespace belfry::api {
namespace {

using notify::OutsideAlert;
constexpr size_t LABELS_MAX = 200;
constexpr size_t TEXT_BYTES_MAX = 64 << 10;

Result<model::Dimensions> read_texts(const JsonView& json, std::string_view what) {
    model::Dimensions out;
    if (!json.is_null() && !json.is_object()) return make_error(Code::invalid, "{} is an object of texts", what);
    if (json.size() > LABELS_MAX) return make_error(Code::invalid, "more than {} {}", LABELS_MAX, what);
    for (const std::string& name : json.keys()) {
        auto value = json.get(name).as_string();
        if (!value) return make_error(Code::invalid, "{} {} is a text", what, name);
        if (name.empty() || !is_utf8(name) || !is_utf8(*value) || value->size() > TEXT_BYTES_MAX)
            return make_error(Code::invalid, "{} have a name, are UTF-8 and at most {} bytes", what, TEXT_BYTES_MAX);
        if (!value->empty()) out.emplace_back(name, *std::move(value));
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// 0 when there is none, or the zero time of Go.
Result<int64_t> read_time(const JsonView& json, std::string_view name) {
    const auto text = json.get(name).as_string();
    if (!text || text->empty() || text->starts_with("0001-")) return 0;
    const auto ms = parse_rfc3339_ms(*text);
    if (!ms) return make_error(Code::invalid, "{} is no time like 2026-01-02T15:04:05Z: {}", name, *text);
    return std::max<int64_t>(*ms, 0);
}

Result<OutsideAlert> read_alert(const JsonView& json) {
    if (!json.is_object()) return make_error(Code::invalid, "an alert is an object");
    OutsideAlert out;
    out.labels = TRY(read_texts(json.get("labels"), "labels"));
    out.annotations = TRY(read_texts(json.get("annotations"), "annotations"));
    out.starts_ms = TRY(read_time(json, "startsAt"));
    out.ends_ms = TRY(read_time(json, "endsAt"));
    out.generator_url = json.string_or("generatorURL", "");
    if (!out.generator_url.starts_with("http://") && !out.generator_url.starts_with("https://"))
        out.generator_url.clear();  // it becomes a link
    if (out.labels.empty()) return make_error(Code::invalid, "an alert needs at least one label");
    if (out.starts_ms > 0 && out.ends_ms > 0 && out.ends_ms < out.starts_ms)
        return make_error(Code::invalid, "an alert ends after it starts");
    return out;
}

http::Response receive(const AlertmanagerParts& parts, const http::Request& request) {
    const auto json = JsonView::parse(request.body);
    if (!json.ok()) return http::error_response(json.error());
    if (!json->is_array()) return http::error_response(make_error(Code::invalid, "the alerts are a JSON array"));
    std::vector<OutsideAlert> alerts;
    std::optional<Error> first;  // those that are good count all the same
    for (size_t i = 0; i < json->size(); ++i) {
        auto alert = read_alert(json->at(i));
        if (alert.ok()) {
            alerts.push_back(*std::move(alert));
            continue;
        }
        notify::outside_refused.add();
        if (!first) first = std::move(alert).error().context("alert {}", i);
    }
    if (Status done = parts.outside.receive(request.identity.tenant, alerts); !done.ok()) {
        if (done.error().code != Code::exhausted) return http::error_response(done.error());
        return http::error_response(429, "exhausted", done.error().message);
    }
    return first ? http::error_response(*first) : http::empty_response(200);
}

bool wants(const http::Request& request, std::string_view name) {
    return request.query.get(name).value_or("true") != "false";
}

struct Selection {
    model::Matchers filter;
    bool active, silenced, inhibited;
    std::optional<std::string> receiver;
};

Result<Selection> selection_of(const http::Request& request) {
    return Selection{.filter = TRY(filter_of(request)),
                     .active = wants(request, "active"),
                     .silenced = wants(request, "silenced"),
                     .inhibited = wants(request, "inhibited"),
                     .receiver = request.query.get("receiver")};
}

/// False when the selection does not want it.
bool write_alert(JsonWriter& json,
                 const AlertmanagerParts& parts,
                 const model::Alarm& alarm,
                 const Selection& selection) {
    const model::Dimensions labels = notify::labels_of(alarm);
    if (!notify::all_match(selection.filter, labels)) return false;
    const notify::Engine::Quiet quiet = parts.engine.quiet(alarm);
    const bool suppressed = !quiet.silenced_by.empty() || !quiet.inhibited_by.empty();
    if (!suppressed && !selection.active) return false;
    if (!quiet.silenced_by.empty() && !selection.silenced) return false;
    if (!quiet.inhibited_by.empty() && !selection.inhibited) return false;
    std::vector<std::string> receivers;
    for (const notify::Route* route : parts.engine.catalog_view().routing(alarm.tenant)->find(labels))
        if (!route->receiver.empty()) receivers.push_back(route->receiver);
    if (selection.receiver && std::find(receivers.begin(), receivers.end(), *selection.receiver) == receivers.end())
        return false;
    const auto known = parts.outside.known(alarm.id);
    json.begin_object().key("annotations").begin_object();
    for (const auto& [name, value] : known ? known->annotations : alarm.annotations)
        json.field(name, value);
    json.end_object();
    json.field("endsAt", notify::rfc3339(known ? known->ends_ms
                                               : parts.clock.now_ms() + parts.engine.config().resolve_timeout_ms));
    json.field("fingerprint", notify::fingerprint(labels)).key("receivers").begin_array();
    for (const std::string& receiver : receivers)
        json.begin_object().field("name", receiver).end_object();
    json.end_array().field("startsAt", notify::rfc3339(alarm.state_updated_ms));
    json.key("status").begin_object();
    write_texts(json, "inhibitedBy",
                quiet.inhibited_by.empty() ? std::vector<std::string>() : std::vector{quiet.inhibited_by});
    write_texts(json, "silencedBy", quiet.silenced_by);
    write_texts(json, "mutedBy", {});
    json.field("state", suppressed ? "suppressed" : "active").end_object();
    json.field("updatedAt", notify::rfc3339(alarm.updated_ms));
    json.field("generatorURL", notify::link_of(alarm, parts.engine.external_url())).key("labels").begin_object();
    for (const auto& [name, value] : labels)
        json.field(name, value);
    json.end_object().end_object();
    return true;
}

http::Response list(const AlertmanagerParts& parts, const http::Request& request) {
    const auto selection = selection_of(request);
    if (!selection.ok()) return http::error_response(selection.error());
    JsonWriter json;
    json.begin_array();
    for (const auto& alarm : parts.alarms.alarms(request.identity.tenant))
        if (alarm->state == model::AlarmState::alarm) (void)write_alert(json, parts, *alarm, *selection);
    json.end_array();
    return http::json_response(json.take());
}

http::Response groups(const AlertmanagerParts& parts, const http::Request& request) {
    const auto selection = selection_of(request);
    if (!selection.ok()) return http::error_response(selection.error());
    JsonWriter json;
    json.begin_array();
    for (const notify::GroupView& group : parts.engine.groups(request.identity.tenant)) {
        JsonWriter alerts;
        alerts.begin_array();
        bool any = false;
        for (const notify::EventPtr& event : group.alarms)
            if (notify::is_firing(event->alarm)) any |= write_alert(alerts, parts, event->alarm, *selection);
        alerts.end_array();
        if (!any) continue;
        json.begin_object().key("alerts").raw(alerts.text()).key("labels").begin_object();
        for (const auto& [name, value] : group.labels)
            json.field(name, value);
        json.end_object().key("receiver").begin_object().field("name", group.receiver).end_object().end_object();
    }
    json.end_array();
    return http::json_response(json.take());
}

}  // namespace

void add_alert_routes(http::Router& router, const std::string& base, const AlertmanagerParts& parts) {
    router.add("POST", base + "/alerts", http::Access::ingest,
               [parts](const http::Request& request) { return receive(parts, request); }, {.plain_body = true});
    router.add("GET", base + "/alerts", http::Access::read,
               [parts](const http::Request& request) { return list(parts, request); });
    router.add("GET", base + "/alerts/groups", http::Access::read,
               [parts](const http::Request& request) { return groups(parts, request); });
}

}  // namespace belfry::api
