// PAGERDUTY: Events API v2. An alarm is one incident: it is known again by dedup_key, and OK resolves it.
#include "base/json.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

constexpr size_t SUMMARY_BYTES_MAX = 1'000;  // of 1024 that the API takes

std::string_view severity_of(model::Severity severity) {
    switch (severity) {
        case model::Severity::low: return "info";
        case model::Severity::medium: return "warning";
        case model::Severity::high: return "error";
        case model::Severity::critical: return "critical";
    }
    return "error";
}

std::string source_of(const model::Alarm& alarm) {
    for (const char* name : {"hostname", "host", "instance", "service"})
        if (const auto value = value_of(alarm.labels, name); !value.empty()) return std::string(value);
    for (const model::AlarmMetric& metric : alarm.metrics)
        if (const auto value = value_of(metric.dimensions, "hostname"); !value.empty()) return std::string(value);
    return "belfry";
}

std::string event_json(const Telling& telling) {
    const Notice& notice = telling.notice;
    const model::Alarm& alarm = notice.events.front()->alarm;
    const bool firing = is_firing(notice);
    std::string summary = own_text(telling, "summary").value_or(title_of(notice));
    summary.resize(std::min(summary.size(), SUMMARY_BYTES_MAX));
    model::Severity worst = model::Severity::low;
    for (const EventPtr& event : notice.events)
        worst = std::max(worst, event->alarm.severity);
    JsonWriter json;
    json.begin_object().field("routing_key", telling.method.method.address);
    json.field("event_action", firing ? "trigger" : "resolve");
    json.field("dedup_key", notice.group ? fingerprint({{"group", notice.group->key}}) : alarm.id);
    json.field("client", "Belfry").field("client_url", telling.external_url);
    json.key("payload").begin_object().field("summary", summary).field("source", source_of(alarm));
    json.field("severity", severity_of(worst)).field("timestamp", rfc3339(notice.events.front()->at_ms));
    json.field("component", alarm.name).key("custom_details").begin_object();
    json.field("alarm_id", alarm.id).field("alarm_name", alarm.name).field("current", model::to_string(alarm.state));
    json.field("message", notice.group ? plain_text(telling) : alarm.reason).key("labels").begin_object();
    for (const auto& [name, value] : alarm.labels)
        json.field(name, value);
    json.end_object().end_object().end_object();
    json.key("links").begin_array().begin_object().field("href", link_of(alarm, telling.external_url));
    json.field("text", "Belfry").end_object().end_array().end_object();
    return json.take();
}

}  // namespace

Outcome tell_pagerduty(const Telling& telling) {
    const std::string body = event_json(telling);
    return judge(post(
        telling, {.url = telling.method.destination.url, .target = telling.method.destination.target, .body = body}));
}

}  // namespace belfry::notify
