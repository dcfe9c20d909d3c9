// ALERTMANAGER: POST /api/v2/alerts of an Alertmanager; it groups, silences and tells by its own rules.
#include "base/json.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

constexpr int64_t FIRING_MS = 7 * 86'400'000LL;  // it is told when it is over; this is for when that is lost

std::string alerts_json(const Telling& telling) {
    JsonWriter json;
    json.begin_array();
    for (const EventPtr& event : telling.notice.events) {
        const model::Alarm& alarm = event->alarm;
        const bool firing = is_firing(alarm);
        json.begin_object().key("labels").begin_object();
        for (const auto& [name, value] : labels_of(alarm))
            if (name != "state") json.field(name, value);  // or its change would be another alert there
        if (value_of(alarm.labels, "alertname").empty()) json.field("alertname", alarm.name);
        json.end_object().key("annotations").begin_object();
        for (const auto& [name, value] : alarm.annotations)
            if (!name.starts_with("__")) json.field(name, value);
        if (value_of(alarm.annotations, "description").empty()) json.field("description", alarm.reason);
        if (value_of(alarm.annotations, "summary").empty()) json.field("summary", alarm.name);
        json.end_object();
        json.field("startsAt", rfc3339(firing ? alarm.state_updated_ms : std::min(alarm.created_ms, event->at_ms)));
        json.field("endsAt", rfc3339(firing ? telling.notice.at_ms + FIRING_MS : alarm.state_updated_ms));
        json.field("generatorURL", link_of(alarm, telling.external_url)).end_object();
    }
    json.end_array();
    return json.take();
}

}  // namespace

Outcome tell_alertmanager(const Telling& telling) {
    const std::string body = alerts_json(telling);
    std::string target = telling.method.destination.target;
    while (target.ends_with('/'))
        target.pop_back();
    if (!target.ends_with("/api/v2/alerts")) target += "/api/v2/alerts";
    return judge(post(telling, {.url = telling.method.destination.url,
                                .target = target,
                                .body = body,
                                .authorization = telling.method.option("authorization")}));
}

}  // namespace belfry::notify
