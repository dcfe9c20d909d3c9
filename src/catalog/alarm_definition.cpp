#include "catalog/alarm_definition.h"

#include "base/json.h"
#include "catalog/document_json.h"

#include <array>

namespace belfry::catalog {
namespace {

constexpr std::array<std::string_view, 2> LANGUAGES = {"monasca", "promql"};
constexpr std::array<std::string_view, 4> POLICIES = {"undetermined", "keep", "ok", "alarm"};

}  // namespace

std::string_view to_string(AlarmLanguage language) {
    return LANGUAGES[static_cast<size_t>(language)];
}
std::string_view to_string(NoData policy) {
    return POLICIES[static_cast<size_t>(policy)];
}

Document to_document(const AlarmDefinition& d) {
    JsonWriter json;
    json.begin_object().field("description", d.description).field("language", to_string(d.language));
    json.field("expression", d.expression).field("severity", to_string(d.severity));
    write_texts(json, "match_by", d.match_by);
    write_texts(json, "alarm_actions", d.alarm_actions);
    write_texts(json, "ok_actions", d.ok_actions);
    write_texts(json, "undetermined_actions", d.undetermined_actions);
    json.field("actions_enabled", d.actions_enabled).field("interval_ms", d.interval_ms).field("for_ms", d.for_ms);
    json.field("keep_firing_for_ms", d.keep_firing_for_ms).field("no_data", to_string(d.no_data));
    write_pairs(json, "labels", d.labels);
    write_pairs(json, "annotations", d.annotations);
    json.field("ready_made", d.ready_made).end_object();
    return {.kind = std::string(ALARM_DEFINITION),
            .id = d.id,
            .tenant = d.tenant,
            .name = d.name,
            .json = json.take(),
            .created_ms = d.created_ms,
            .updated_ms = d.updated_ms};
}

Result<AlarmDefinition> read_alarm_definition(const Document& document) {
    const JsonView json = TRY(JsonView::parse(document.json).context("alarm definition {}", document.id));
    AlarmDefinition out{.id = document.id,
                        .tenant = document.tenant,
                        .name = document.name,
                        .description = json.string_or("description", ""),
                        .expression = json.string_or("expression", "")};
    const auto language = index_of(LANGUAGES, json.string_or("language", "monasca"));
    const auto policy = index_of(POLICIES, json.string_or("no_data", "undetermined"));
    const auto severity = model::parse_severity(json.string_or("severity", "LOW"));
    if (!language || !policy || !severity || out.expression.empty())
        return make_error(Code::corrupt, "alarm definition {}: a member is missing or unknown", document.id);
    out.language = static_cast<AlarmLanguage>(*language);
    out.no_data = static_cast<NoData>(*policy);
    out.severity = *severity;
    out.match_by = read_texts(json.get("match_by"));
    out.alarm_actions = read_texts(json.get("alarm_actions"));
    out.ok_actions = read_texts(json.get("ok_actions"));
    out.undetermined_actions = read_texts(json.get("undetermined_actions"));
    out.actions_enabled = json.bool_or("actions_enabled", true);
    out.interval_ms = json.int_or("interval_ms", out.interval_ms);
    out.for_ms = json.int_or("for_ms", 0);
    out.keep_firing_for_ms = json.int_or("keep_firing_for_ms", 0);
    out.labels = read_pairs(json.get("labels"));
    out.annotations = read_pairs(json.get("annotations"));
    out.ready_made = json.bool_or("ready_made", false);
    out.created_ms = document.created_ms;
    out.updated_ms = document.updated_ms;
    return out;
}

}  // namespace belfry::catalog
