#include "api/monasca/alarm_api.h"
#include "api/monasca/page.h"
#include "base/ascii.h"

namespace belfry::api::monasca {
namespace {

using model::Alarm;

void write_metrics(JsonWriter& json, const Alarm& alarm) {
    json.key("metrics").begin_array();
    for (const model::AlarmMetric& metric : alarm.metrics) {
        json.begin_object().field("name", metric.name).key("dimensions").begin_object();
        for (const auto& [key, value] : metric.dimensions)
            json.field(key, value);
        json.end_object().end_object();
    }
    json.end_array();
}

void write_text_or_null(JsonWriter& json, std::string_view name, const std::string& text) {
    if (text.empty())
        json.key(name).null();
    else
        json.field(name, text);
}

void write_alarm(JsonWriter& json, const Alarm& alarm, std::string_view href, std::string_view root) {
    json.begin_object().field("id", alarm.id);
    write_self_link(json, href);
    json.key("alarm_definition").begin_object().field("id", alarm.definition_id).field("name", alarm.name);
    json.field("severity", model::to_string(alarm.severity));
    write_self_link(json, fmt::format("{}/v2.0/alarm-definitions/{}", root, alarm.definition_id));
    json.end_object();
    write_metrics(json, alarm);
    json.field("state", model::to_string(alarm.state));
    write_text_or_null(json, "lifecycle_state", alarm.lifecycle_state);
    write_text_or_null(json, "link", alarm.link);
    json.field("state_updated_timestamp", iso_ms(alarm.state_updated_ms));
    json.field("updated_timestamp", iso_ms(alarm.updated_ms));
    json.field("created_timestamp", iso_ms(alarm.created_ms)).end_object();
}

int compare(std::string_view field, const Alarm& a, const Alarm& b) {
    if (field == "alarm_definition_id") return order_of(a.definition_id, b.definition_id);
    if (field == "alarm_definition_name") return order_of(a.name, b.name);
    if (field == "state") return order_of(a.state, b.state);
    if (field == "severity") return order_of(a.severity, b.severity);
    if (field == "lifecycle_state") return order_of(a.lifecycle_state, b.lifecycle_state);
    if (field == "link") return order_of(a.link, b.link);
    if (field == "state_updated_timestamp") return order_of(a.state_updated_ms, b.state_updated_ms);
    if (field == "updated_timestamp") return order_of(a.updated_ms, b.updated_ms);
    if (field == "created_timestamp") return order_of(a.created_ms, b.created_ms);
    return order_of(a.id, b.id);
}

/// The members of a change that are there.
Result<alarm::AlarmChange> read_change(const JsonView& body) {
    alarm::AlarmChange out;
    if (body.has("state")) {
        out.state = model::parse_alarm_state(body.string_or("state", ""));
        if (!out.state) return make_error(Code::invalid, "state is none of OK, ALARM, UNDETERMINED");
    }
    for (const auto& [name, member] :
         {std::pair{"lifecycle_state", &out.lifecycle_state}, std::pair{"link", &out.link}}) {
        if (!body.has(name)) continue;
        const JsonView value = body.get(name);
        if (!value.is_string() && !value.is_null()) return make_error(Code::invalid, "{} is not a text", name);
        *member = value.as_string().value_or("");
    }
    return out;
}

Result<std::vector<model::Severity>> severities_param(const http::Request& request) {
    std::vector<model::Severity> out;
    for (const std::string& text : split(request.query.get("severity").value_or(""), '|')) {
        const auto severity = model::parse_severity(text);
        if (!severity)
            return make_error(Code::invalid, "severity {:?} is none of LOW, MEDIUM, HIGH, CRITICAL",
                              text.substr(0, 40));
        out.push_back(*severity);
    }
    return out;
}

}  // namespace

Result<std::vector<alarm::AlarmPtr>> AlarmApi::filtered(const http::Request& request) const {
    const DimensionFilter filter = TRY(dimension_param(request, "metric_dimensions"));
    const std::vector<model::Severity> severities = TRY(severities_param(request));
    std::optional<model::AlarmState> state;
    if (const auto text = request.query.get("state"); text && !text->empty()) {
        state = model::parse_alarm_state(*text);
        if (!state)
            return make_error(Code::invalid, "state {:?} is none of OK, ALARM, UNDETERMINED", text->substr(0, 40));
    }
    const auto since_ms = TRY(time_param(request, "state_updated_start_time"));
    const auto text_of = [&](std::string_view name) { return request.query.get(name).value_or(""); };
    const std::string definition_id = text_of("alarm_definition_id");
    const std::string metric_name = text_of("metric_name");
    const std::string lifecycle_state = text_of("lifecycle_state");
    const std::string link = text_of("link");
    parts_.catch_up();
    std::vector<alarm::AlarmPtr> out = parts_.store.alarms(request.identity.tenant);
    std::erase_if(out, [&](const alarm::AlarmPtr& alarm) {
        if (alarm->source != model::AlarmSource::threshold) return true;
        if (!definition_id.empty() && alarm->definition_id != definition_id) return true;
        if (state && alarm->state != *state) return true;
        if (!severities.empty() && std::find(severities.begin(), severities.end(), alarm->severity) == severities.end())
            return true;
        if (!lifecycle_state.empty() && alarm->lifecycle_state != lifecycle_state) return true;
        if (!link.empty() && alarm->link != link) return true;
        if (since_ms && alarm->state_updated_ms < *since_ms) return true;
        if (metric_name.empty() && filter.all.empty()) return false;
        return std::none_of(alarm->metrics.begin(), alarm->metrics.end(), [&](const model::AlarmMetric& metric) {
            return (metric_name.empty() || metric.name == metric_name) && filter.matches(metric.dimensions);
        });
    });
    return out;
}

AlarmApi::Answer AlarmApi::list_alarms(const http::Request& request) const {
    const auto keys = TRY(sort_param(
        request, {"alarm_id", "alarm_definition_id", "alarm_definition_name", "state", "severity", "lifecycle_state",
                  "link", "state_updated_timestamp", "updated_timestamp", "created_timestamp"}));
    const size_t limit = TRY(limit_param(request));
    const size_t offset = TRY(row_offset_param(request));
    std::vector<alarm::AlarmPtr> rows = TRY(filtered(request));
    if (!keys.empty()) sort_by(rows, keys, compare);
    const size_t begin = std::min(offset, rows.size());
    const size_t end = std::min(rows.size(), begin + limit);
    const std::string address = list_address(request);
    const std::string root = root_of(request);
    JsonWriter elements;
    for (size_t i = begin; i < end; i++)
        write_alarm(elements, *rows[i], address + "/" + rows[i]->id, root);
    return list_response(request, end < rows.size() ? std::optional(std::to_string(end)) : std::nullopt,
                         elements.text());
}

Result<alarm::AlarmPtr> AlarmApi::alarm_of(const http::Request& request) const {
    parts_.catch_up();
    const std::string id = id_param(request);
    alarm::AlarmPtr found = TRY(parts_.desk.find(request.identity.tenant, id));
    if (found->source != model::AlarmSource::threshold) return make_error(Code::not_found, "there is no alarm {}", id);
    return found;
}

AlarmApi::Answer AlarmApi::show_alarm(const http::Request& request) const {
    const alarm::AlarmPtr found = TRY(alarm_of(request));
    JsonWriter json;
    write_alarm(json, *found, list_address(request), root_of(request));
    return http::json_response(json.take());
}

AlarmApi::Answer AlarmApi::replace_alarm(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    TRY(alarm_of(request));
    for (const std::string_view member : {"state", "lifecycle_state", "link"})
        if (body->string_or(member, "").empty())
            return make_error(Code::invalid, "{} is missing, or not a text", member);
    return change_alarm(request);
}

AlarmApi::Answer AlarmApi::change_alarm(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    const alarm::AlarmPtr before = TRY(alarm_of(request));
    const alarm::AlarmChange change = TRY(read_change(*body));
    const alarm::AlarmPtr after =
        TRY(parts_.desk.change(request.identity.tenant, before->id, change, request.identity.user));
    JsonWriter json;
    write_alarm(json, *after, list_address(request), root_of(request));
    return http::json_response(json.take());
}

AlarmApi::Answer AlarmApi::remove_alarm(const http::Request& request) const {
    const alarm::AlarmPtr found = TRY(alarm_of(request));
    TRY(parts_.desk.remove(request.identity.tenant, found->id, request.identity.user));
    return http::empty_response(204);
}

}  // namespace belfry::api::monasca
