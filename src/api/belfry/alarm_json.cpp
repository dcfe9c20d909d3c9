#include "api/belfry/alarm_json.h"

#include "api/belfry/alarm_words.h"
#include "base/ascii.h"
#include "base/number.h"
#include "catalog/document_json.h"
#include "codec/alarm_record.h"

namespace belfry::api {
namespace {

using catalog::AlarmDefinition;
using model::Alarm;

/// What matchers of silences see of an alarm.
std::string_view label_of(const Alarm& alarm, std::string_view name, const std::string& severity) {
    if (name == "alarmname") return alarm.name;
    if (name == "severity") return severity;
    if (name == "state") return model::to_string(alarm.state);
    if (name == "alarm_id") return alarm.id;
    if (name == "tenant") return alarm.tenant;
    for (const auto& [label, value] : alarm.labels)
        if (label == name) return value;
    return {};
}

Result<std::string> text_member(const JsonView& json, std::string_view name) {
    const JsonView member = json.get(name);
    if (member.is_null()) return std::string();
    if (auto text = member.as_string()) return std::move(*text);
    return make_error(Code::invalid, "{} is a text", name);
}

Result<std::vector<std::string>> texts_member(const JsonView& json, std::string_view name) {
    const JsonView member = json.get(name);
    std::vector<std::string> out;
    if (member.is_null()) return out;
    if (!member.is_array()) return make_error(Code::invalid, "{} is a list of texts", name);
    for (size_t i = 0; i < member.size(); ++i) {
        auto text = member.at(i).as_string();
        if (!text) return make_error(Code::invalid, "{} is a list of texts", name);
        out.push_back(std::move(*text));
    }
    return out;
}

Result<model::Dimensions> pairs_member(const JsonView& json, std::string_view name) {
    const JsonView member = json.get(name);
    if (member.is_null()) return model::Dimensions();
    model::Dimensions out = codec::read_dimensions(member);
    if (!member.is_object() || out.size() != member.size())
        return make_error(Code::invalid, "{} is an object of texts", name);
    return out;
}

Result<int64_t> length_member(const JsonView& json, std::string_view name, int64_t fallback) {
    const JsonView member = json.get(name);
    if (member.is_null()) return fallback;
    if (const auto number = member.as_int()) return *number;
    return make_error(Code::invalid, "{} is milliseconds", name);
}

}  // namespace

SilencesNow::SilencesNow(const catalog::Catalog& catalog, std::string_view tenant, int64_t now_ms) {
    for (const auto& [id, document] : *catalog.snapshot()->documents(catalog::SILENCE)) {
        if (document->tenant != tenant) continue;
        auto silence = catalog::read_silence(*document);
        if (!silence.ok() || silence->starts_ms > now_ms || silence->ends_ms <= now_ms) continue;
        if (const std::string_view muted = alarm::muted_alarm(*silence); !muted.empty()) {
            int64_t& until_ms = mutes_[std::string(muted)];
            until_ms = std::max(until_ms, silence->ends_ms);
        } else {
            silences_.push_back(std::move(*silence));
        }
    }
}

std::optional<int64_t> SilencesNow::muted_until(const Alarm& alarm) const {
    const auto found = mutes_.find(alarm.id);
    return found == mutes_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> SilencesNow::silenced_by(const Alarm& alarm) const {
    std::vector<std::string> out;
    if (silences_.empty()) return out;
    const std::string severity = lower(model::to_string(alarm.severity));
    for (const catalog::Silence& silence : silences_) {
        const bool accepted = std::all_of(silence.matchers.begin(), silence.matchers.end(), [&](const auto& matcher) {
            return matcher.matches(label_of(alarm, matcher.name(), severity));
        });
        if (accepted) out.push_back(silence.id);
    }
    return out;
}

void write_alarm_view(JsonWriter& json, const AlarmView& view) {
    const Alarm& a = view.alarm;
    json.begin_object().field("id", a.id).field("source", model::to_string(a.source));
    json.field("definition_id", a.definition_id).field("name", a.name).field("description", a.description);
    json.field("severity", model::to_string(a.severity));
    catalog::write_pairs(json, "labels", a.labels);
    catalog::write_pairs(json, "annotations", a.annotations);
    json.field("state", model::to_string(a.state)).field("reason", a.reason).key("value");
    if (view.value)
        json.number(*view.value);
    else if (a.value)
        json.number(*a.value);
    else
        json.null();
    json.field("since_ms", a.state_updated_ms).field("created_ms", a.created_ms).field("updated_ms", a.updated_ms);
    json.field("actions_enabled", a.actions_enabled).field("lifecycle_state", a.lifecycle_state).field("link", a.link);
    json.key("acknowledged");
    if (const model::Acknowledgement* ack = alarm::acknowledgement(a, view.now_ms)) {
        json.begin_object().field("by", ack->by).field("reason", ack->reason).field("at_ms", ack->at_ms);
        json.key("until_ms");
        if (ack->until_ms != 0)
            json.integer(ack->until_ms);
        else
            json.null();
        json.end_object();
    } else {
        json.null();
    }
    json.key("muted_until_ms");
    if (const auto until_ms = view.silences.muted_until(a))
        json.integer(*until_ms);
    else
        json.null();
    catalog::write_texts(json, "silenced_by", view.silences.silenced_by(a));
    json.end_object();
}

void write_counts(JsonWriter& json, const StateCounts& counts) {
    json.begin_object();
    for (const auto state : {model::AlarmState::alarm, model::AlarmState::undetermined, model::AlarmState::ok})
        json.field(model::to_string(state), counts[static_cast<size_t>(state)]);
    json.end_object();
}

void write_definition(JsonWriter& json,
                      const AlarmDefinition& d,
                      const StateCounts& counts,
                      const alarm::ParsedDefinition* parsed) {
    json.begin_object().field("id", d.id).field("name", d.name).field("description", d.description);
    json.field("language", catalog::to_string(d.language)).field("expression", d.expression);
    json.field("severity", model::to_string(d.severity));
    catalog::write_texts(json, "match_by", d.match_by);
    catalog::write_texts(json, "alarm_actions", d.alarm_actions);
    catalog::write_texts(json, "ok_actions", d.ok_actions);
    catalog::write_texts(json, "undetermined_actions", d.undetermined_actions);
    json.field("actions_enabled", d.actions_enabled).field("interval_ms", d.interval_ms).field("for_ms", d.for_ms);
    json.field("keep_firing_for_ms", d.keep_firing_for_ms).field("no_data", catalog::to_string(d.no_data));
    catalog::write_pairs(json, "labels", d.labels);
    catalog::write_pairs(json, "annotations", d.annotations);
    json.field("ready_made", d.ready_made).field("created_ms", d.created_ms).field("updated_ms", d.updated_ms);
    json.key("alarms");
    write_counts(json, counts);
    json.key("parts");
    if (parsed)
        write_parts(json, d, *parsed);
    else
        json.null();
    json.end_object();
}

Result<AlarmDefinition> read_definition(const JsonView& json) {
    if (!json.is_object()) return make_error(Code::invalid, "an alarm definition is an object");
    AlarmDefinition d;
    d.name = TRY(text_member(json, "name"));
    d.description = TRY(text_member(json, "description"));
    d.expression = TRY(text_member(json, "expression"));
    const std::string language = TRY(text_member(json, "language"));
    if (language == "promql")
        d.language = catalog::AlarmLanguage::promql;
    else if (!language.empty() && language != "monasca")
        return make_error(Code::invalid, "language is monasca or promql, not {}", language);
    if (const std::string severity = TRY(text_member(json, "severity")); !severity.empty()) {
        const auto parsed = model::parse_severity(severity);
        if (!parsed) return make_error(Code::invalid, "severity is LOW, MEDIUM, HIGH or CRITICAL, not {}", severity);
        d.severity = *parsed;
    }
    if (const std::string policy = TRY(text_member(json, "no_data")); !policy.empty()) {
        bool known = false;
        for (const auto value :
             {catalog::NoData::undetermined, catalog::NoData::keep, catalog::NoData::ok, catalog::NoData::alarm}) {
            if (catalog::to_string(value) != policy) continue;
            d.no_data = value;
            known = true;
        }
        if (!known) return make_error(Code::invalid, "no_data is undetermined, keep, ok or alarm, not {}", policy);
    }
    d.match_by = TRY(texts_member(json, "match_by"));
    d.alarm_actions = TRY(texts_member(json, "alarm_actions"));
    d.ok_actions = TRY(texts_member(json, "ok_actions"));
    d.undetermined_actions = TRY(texts_member(json, "undetermined_actions"));
    const JsonView enabled = json.get("actions_enabled");
    if (!enabled.is_null() && !enabled.is_bool()) return make_error(Code::invalid, "actions_enabled is true or false");
    d.actions_enabled = enabled.as_bool().value_or(true);
    d.interval_ms = TRY(length_member(json, "interval_ms", d.interval_ms));
    d.for_ms = TRY(length_member(json, "for_ms", 0));
    d.keep_firing_for_ms = TRY(length_member(json, "keep_firing_for_ms", 0));
    d.labels = TRY(pairs_member(json, "labels"));
    d.annotations = TRY(pairs_member(json, "annotations"));
    return d;
}

void write_segment(JsonWriter& json, int64_t from_ms, int64_t to_ms, model::AlarmState state, std::string_view reason) {
    json.begin_array().integer(from_ms).integer(to_ms).string(model::to_string(state)).string(reason).end_array();
}

std::string path_id(const http::Request& request) {
    const auto id = request.path_params.find("id");
    return id == request.path_params.end() ? "" : id->second;
}

Result<int64_t> number_param(const http::Request& request, std::string_view name, int64_t fallback) {
    const auto text = request.query.get(name);
    if (!text || text->empty()) return fallback;
    const auto number = parse_int(*text);
    if (!number || *number < 0) return make_error(Code::invalid, "{} is a whole number from 0, not {}", name, *text);
    return *number;
}

}  // namespace belfry::api
