// WEBHOOK: Monasca's payload of one transition; of a route's group Alertmanager's, version 4; or the method's template.
#include "base/json.h"
#include "notify/sender.h"

namespace belfry::notify {
namespace {

void write_texts(JsonWriter& json, const model::Dimensions& texts) {
    json.begin_object();
    for (const auto& [name, value] : texts)
        json.field(name, value);
    json.end_object();
}

}  // namespace

std::string monasca_json(const model::AlarmEvent& event) {
    const model::Alarm& alarm = event.alarm;
    JsonWriter json;
    json.begin_object().field("alarm_id", alarm.id).field("alarm_definition_id", alarm.definition_id);
    json.field("alarm_name", alarm.name).field("alarm_description", alarm.description);
    json.field("alarm_timestamp", event.at_ms / 1000).field("state", model::to_string(alarm.state));
    json.field("old_state", model::to_string(event.old_state)).field("message", alarm.reason);
    json.field("tenant_id", alarm.tenant).key("metrics").begin_array();
    for (const model::AlarmMetric& metric : alarm.metrics) {
        json.begin_object().field("name", metric.name).key("dimensions");
        write_texts(json, metric.dimensions);
        json.end_object();
    }
    // An alarm of a query has no metrics; what it is for are its labels.
    if (alarm.metrics.empty() && !alarm.labels.empty()) {
        json.begin_object().field("name", alarm.name).key("dimensions");
        write_texts(json, alarm.labels);
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

std::string group_json(const Telling& telling) {
    const Notice& notice = telling.notice;
    const size_t listed = std::min<size_t>(notice.events.size(), telling.config.group_alarms_max);
    JsonWriter json;
    json.begin_object().field("version", "4").field("groupKey", notice.group ? notice.group->key : notice.key);
    json.field("truncatedAlerts", static_cast<int64_t>(notice.events.size() - listed));
    json.field("status", is_firing(notice) ? "firing" : "resolved").field("receiver", telling.method.method.name);
    json.key("groupLabels");
    write_texts(json, notice.group ? notice.group->labels : model::Dimensions());
    json.key("commonLabels");
    write_texts(json, common_labels(notice));
    json.key("commonAnnotations");
    write_texts(json, common_annotations(notice));
    json.field("externalURL", telling.external_url).key("alerts").begin_array();
    for (size_t i = 0; i < listed; ++i) {
        const model::Alarm& alarm = notice.events[i]->alarm;
        const model::Dimensions labels = labels_of(alarm);
        json.begin_object().field("status", is_firing(alarm) ? "firing" : "resolved").key("labels");
        write_texts(json, labels);
        json.key("annotations").begin_object();
        for (const auto& [name, value] : alarm.annotations)
            if (!name.starts_with("__")) json.field(name, value);
        if (value_of(alarm.annotations, "description").empty() && alarm.source != model::AlarmSource::outside)
            json.field("description", alarm.reason);
        json.end_object();
        json.field("startsAt", rfc3339(is_firing(alarm) ? alarm.state_updated_ms : alarm.created_ms));
        json.field("endsAt", is_firing(alarm) ? std::string("0001-01-01T00:00:00Z") : rfc3339(alarm.state_updated_ms));
        json.field("generatorURL", link_of(alarm, telling.external_url)).field("fingerprint", fingerprint(labels));
        json.end_object();
    }
    json.end_array().end_object();
    return json.take();
}

Outcome tell_webhook(const Telling& telling) {
    const Method& method = telling.method;
    std::string content_type(method.option("content_type"));
    std::optional<std::string> body = own_text(telling, "template");
    if (!body) {
        body = telling.notice.group ? group_json(telling) : monasca_json(*telling.notice.events.front());
        content_type.clear();
    }
    if (content_type.empty()) content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    if (const auto token = method.option("auth_token"); !token.empty())
        headers.emplace_back("X-Auth-Token", std::string(token));
    return judge(post(telling, {.url = method.destination.url,
                                .target = method.destination.target,
                                .body = *body,
                                .content_type = content_type,
                                .authorization = method.option("authorization"),
                                .headers = std::move(headers)}));
}

}  // namespace belfry::notify
