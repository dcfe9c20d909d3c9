#include "notify/text.h"

#include "base/json.h"
#include "templates/format.h"
#include "templates/text_functions.h"

namespace belfry::notify {
namespace {

using templates::Functions;
using templates::List;
using templates::Map;
using templates::Value;
using Args = std::span<const Value>;

std::string title(std::string_view text) {
    std::string out(text);
    bool first = true;
    for (char& c : out) {
        if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        first = c == ' ';
    }
    return out;
}

std::string json_text(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

const Functions& functions() {
    static const Functions OURS = [] {
        Functions out;
        templates::add_text_functions(out);
        out["title"] = templates::text_function(title);
        out["json"] = {1, 1, [](Args args) -> Result<Value> { return Value(json_text(templates::to_text(args[0]))); }};
        return out;
    }();
    return OURS;
}

Value metrics_of(const model::Alarm& alarm) {
    List out;
    for (const model::AlarmMetric& metric : alarm.metrics) {
        Map one{.missing = Map::Missing::error, .entries = {}};
        one.entries.emplace("Name", Value(metric.name));
        one.entries.emplace("Dimensions", templates::text_map(metric.dimensions));
        out.emplace_back(std::move(one));
    }
    return Value(std::move(out));
}

std::string host_of(const model::Alarm& alarm) {
    for (const char* name : {"hostname", "host", "instance"})
        if (const auto value = value_of(alarm.labels, name); !value.empty()) return std::string(value);
    for (const model::AlarmMetric& metric : alarm.metrics)
        if (const auto value = value_of(metric.dimensions, "hostname"); !value.empty()) return std::string(value);
    return "";
}

Map record_of(const model::AlarmEvent& event, const TextContext& context) {
    const model::Alarm& alarm = event.alarm;
    const bool firing = is_firing(alarm);
    Map out{.missing = Map::Missing::error, .entries = {}};
    auto& e = out.entries;
    e.emplace("State", Value(model::to_string(alarm.state)));
    e.emplace("OldState", Value(model::to_string(event.old_state)));
    e.emplace("Name", Value(alarm.name));
    e.emplace("Description", Value(alarm.description));
    e.emplace("Severity", Value(model::to_string(alarm.severity)));
    e.emplace("Reason", Value(alarm.reason));
    e.emplace("Value", alarm.value ? Value(*alarm.value) : Value());
    e.emplace("AlarmID", Value(alarm.id));
    e.emplace("DefinitionID", Value(alarm.definition_id));
    e.emplace("Tenant", Value(alarm.tenant));
    e.emplace("Timestamp", Value(event.at_ms / 1000));
    e.emplace("Time", Value(templates::Time{event.at_ms * 1'000'000}));
    e.emplace("LifecycleState", Value(alarm.lifecycle_state));
    e.emplace("Link", Value(alarm.link));
    e.emplace("URL", Value(link_of(alarm, context.external_url)));
    e.emplace("Host", Value(host_of(alarm)));
    e.emplace("Labels", templates::text_map(labels_of(alarm)));
    e.emplace("Annotations", templates::text_map(alarm.annotations));
    e.emplace("Metrics", metrics_of(alarm));
    e.emplace("Status", Value(firing ? "firing" : "resolved"));
    e.emplace("StartsAt", Value(templates::Time{alarm.state_updated_ms * 1'000'000}));
    e.emplace("EndsAt", Value(templates::Time{firing ? 0 : alarm.state_updated_ms * 1'000'000}));
    e.emplace("Fingerprint", Value(fingerprint(alarm.labels)));
    return out;
}

}  // namespace

Result<templates::Template> parse_text(std::string_view source) {
    return templates::Template::parse(source, functions());
}

Result<std::string> expand_text(const templates::Template& text, const Notice& notice, const TextContext& context) {
    Map dot = record_of(*notice.events.front(), context);
    List alerts, firing, resolved;
    for (const EventPtr& event : notice.events) {
        Value alert(record_of(*event, context));
        (is_firing(event->alarm) ? firing : resolved).push_back(alert);
        alerts.push_back(std::move(alert));
    }
    auto& e = dot.entries;
    e.insert_or_assign("Status", Value(firing.empty() ? "resolved" : "firing"));
    e.emplace("Alerts", Value(std::move(alerts)));
    e.emplace("Firing", Value(std::move(firing)));
    e.emplace("Resolved", Value(std::move(resolved)));
    e.emplace("GroupLabels", templates::text_map(notice.group ? notice.group->labels : model::Dimensions()));
    e.emplace("CommonLabels", templates::text_map(common_labels(notice)));
    e.emplace("CommonAnnotations", templates::text_map(common_annotations(notice)));
    e.emplace("Receiver", Value(context.receiver));
    e.emplace("ExternalURL", Value(context.external_url));
    e.emplace("Repeat", Value(notice.repeat));
    return text.run(Value(std::move(dot)), functions());
}

}  // namespace belfry::notify
