#include "codec/alarm_record.h"

#include "base/json.h"

namespace belfry::codec {
namespace {

constexpr int64_t FORMAT_VERSION = 1;
using model::Alarm;
using model::AlarmEvent;

void text_field(JsonWriter& json, std::string_view name, const std::string& value) {
    if (!value.empty()) json.field(name, value);
}

void time_field(JsonWriter& json, std::string_view name, int64_t value) {
    if (value != 0) json.field(name, value);
}

void write_metrics(JsonWriter& json, const std::vector<model::AlarmMetric>& metrics) {
    json.key("metrics").begin_array();
    for (const model::AlarmMetric& metric : metrics) {
        json.begin_object().field("name", metric.name).key("dimensions");
        write_dimensions(json, metric.dimensions);
        json.end_object();
    }
    json.end_array();
}

Result<AlarmEvent::Kind> read_kind(const std::string& text) {
    using enum AlarmEvent::Kind;
    for (const AlarmEvent::Kind kind : {created, joined, transition, changed, deleted})
        if (text == to_string(kind)) return kind;
    return make_error(Code::corrupt, "alarm event of unknown kind {}", text);
}

}  // namespace

void write_dimensions(JsonWriter& json, const model::Dimensions& dimensions) {
    json.begin_object();
    for (const auto& [name, value] : dimensions)
        json.field(name, value);
    json.end_object();
}

model::Dimensions read_dimensions(const JsonView& json) {
    model::Dimensions out;
    for (const std::string& name : json.keys())  // sorted
        if (auto value = json.get(name).as_string()) out.emplace_back(name, std::move(*value));
    std::sort(out.begin(), out.end());
    return out;
}

void write_alarm(JsonWriter& json, const Alarm& alarm) {
    json.begin_object().field("id", alarm.id).field("tenant", alarm.tenant);
    json.field("source", to_string(alarm.source)).field("definition_id", alarm.definition_id).field("name", alarm.name);
    text_field(json, "description", alarm.description);
    json.field("severity", to_string(alarm.severity));
    if (!alarm.labels.empty()) {
        json.key("labels");
        write_dimensions(json, alarm.labels);
    }
    if (!alarm.annotations.empty()) {
        json.key("annotations");
        write_dimensions(json, alarm.annotations);
    }
    if (!alarm.metrics.empty()) write_metrics(json, alarm.metrics);
    json.field("state", to_string(alarm.state));
    text_field(json, "reason", alarm.reason);
    if (alarm.value) json.field("value", *alarm.value);
    time_field(json, "state_updated_ms", alarm.state_updated_ms);
    time_field(json, "created_ms", alarm.created_ms);
    time_field(json, "updated_ms", alarm.updated_ms);
    if (!alarm.actions_enabled) json.field("actions_enabled", false);
    text_field(json, "lifecycle_state", alarm.lifecycle_state);
    text_field(json, "link", alarm.link);
    if (alarm.acknowledged) {
        json.key("acknowledged").begin_object().field("by", alarm.acknowledged->by);
        json.field("reason", alarm.acknowledged->reason).field("at_ms", alarm.acknowledged->at_ms);
        json.field("until_ms", alarm.acknowledged->until_ms).end_object();
    }
    json.end_object();
}

Result<Alarm> read_alarm(const JsonView& json) {
    if (!json.is_object()) return make_error(Code::corrupt, "alarm is no JSON object");
    Alarm alarm;
    alarm.id = json.string_or("id", "");
    alarm.tenant = json.string_or("tenant", "");
    if (alarm.id.empty() || alarm.tenant.empty()) return make_error(Code::corrupt, "alarm without id or tenant");
    const auto source = model::parse_alarm_source(json.string_or("source", "threshold"));
    const auto severity = model::parse_severity(json.string_or("severity", "LOW"));
    const auto state = model::parse_alarm_state(json.string_or("state", "UNDETERMINED"));
    if (!source || !severity || !state)
        return make_error(Code::corrupt, "alarm with an unknown source, severity or state");
    alarm.source = *source;
    alarm.severity = *severity;
    alarm.state = *state;
    alarm.definition_id = json.string_or("definition_id", "");
    alarm.name = json.string_or("name", "");
    alarm.description = json.string_or("description", "");
    alarm.labels = read_dimensions(json.get("labels"));
    alarm.annotations = read_dimensions(json.get("annotations"));
    const JsonView metrics = json.get("metrics");
    for (size_t i = 0; i < metrics.size(); ++i) {
        const JsonView metric = metrics.at(i);
        alarm.metrics.push_back({metric.string_or("name", ""), read_dimensions(metric.get("dimensions"))});
    }
    std::sort(alarm.metrics.begin(), alarm.metrics.end());
    alarm.reason = json.string_or("reason", "");
    alarm.value = json.get("value").as_double();
    alarm.state_updated_ms = json.int_or("state_updated_ms", 0);
    alarm.created_ms = json.int_or("created_ms", 0);
    alarm.updated_ms = json.int_or("updated_ms", 0);
    alarm.actions_enabled = json.bool_or("actions_enabled", true);
    alarm.lifecycle_state = json.string_or("lifecycle_state", "");
    alarm.link = json.string_or("link", "");
    if (const JsonView ack = json.get("acknowledged"); ack.is_object())
        alarm.acknowledged = model::Acknowledgement{.by = ack.string_or("by", ""),
                                                    .reason = ack.string_or("reason", ""),
                                                    .at_ms = ack.int_or("at_ms", 0),
                                                    .until_ms = ack.int_or("until_ms", 0)};
    return alarm;
}

void write_alarm_event(JsonWriter& json, const AlarmEvent& event, std::string_view alarm) {
    json.begin_object().field("kind", to_string(event.kind)).field("id", event.id).field("at_ms", event.at_ms);
    if (event.kind == AlarmEvent::Kind::transition) {
        json.field("old", to_string(event.old_state));
        if (event.sub_alarms != "[]") json.key("sub_alarms").raw(event.sub_alarms);
    }
    text_field(json, "by", event.by);
    json.key("alarm").raw(alarm).end_object();
}

Result<AlarmEvent> read_alarm_event(const JsonView& json) {
    AlarmEvent event;
    event.kind = TRY(read_kind(json.string_or("kind", "")));
    event.id = json.string_or("id", "");
    event.at_ms = json.int_or("at_ms", 0);
    event.by = json.string_or("by", "");
    if (json.has("old")) {
        const auto old = model::parse_alarm_state(json.string_or("old", ""));
        if (!old) return make_error(Code::corrupt, "alarm event with an unknown old state");
        event.old_state = *old;
    }
    if (json.get("sub_alarms").is_array()) event.sub_alarms = json.get("sub_alarms").dump();
    event.alarm = TRY(read_alarm(json.get("alarm")));
    return event;
}

std::string encode_alarm_batch(const model::AlarmBatch& batch) {
    JsonWriter json;
    json.begin_object().field("v", FORMAT_VERSION).field("origin", batch.origin);
    if (batch.covered != 0) json.field("covered", batch.covered);
    json.key("events").begin_array();
    for (const AlarmEvent& event : batch.events) {
        JsonWriter alarm;
        write_alarm(alarm, event.alarm);
        write_alarm_event(json, event, alarm.text());
    }
    json.end_array().end_object();
    return json.take();
}

Result<model::AlarmBatch> decode_alarm_batch(std::string_view bytes) {
    const Result<JsonView> json = JsonView::parse(bytes);
    return json.ok() ? read_alarm_batch(*json) : make_error(Code::corrupt, "alarm record is no JSON object");
}

Result<model::AlarmBatch> read_alarm_batch(const JsonView& json) {
    if (!json.is_object()) return make_error(Code::corrupt, "alarm record is no JSON object");
    if (json.int_or("v", 0) != FORMAT_VERSION) return make_error(Code::corrupt, "alarm record of unknown version");
    model::AlarmBatch batch;
    batch.origin = json.string_or("origin", "");
    batch.covered = static_cast<uint64_t>(std::max<int64_t>(0, json.int_or("covered", 0)));
    const JsonView events = json.get("events");
    for (size_t i = 0; i < events.size(); ++i)
        batch.events.push_back(TRY(read_alarm_event(events.at(i)).context("event {}", i)));
    return batch;
}

}  // namespace belfry::codec
