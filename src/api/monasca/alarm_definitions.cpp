#include "api/monasca/alarm_api.h"
#include "api/monasca/page.h"

namespace belfry::api::monasca {
namespace {

using catalog::AlarmDefinition;

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    json.key(name).begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

Status take_text(const JsonView& body, std::string_view name, std::string& out) {
    if (!body.has(name)) return {};
    const auto text = body.get(name).as_string();
    if (!text) return make_error(Code::invalid, "{} is not a text", name);
    out = *text;
    return {};
}

Status take_texts(const JsonView& body, std::string_view name, std::vector<std::string>& out) {
    if (!body.has(name)) return {};
    const JsonView list = body.get(name);
    if (!list.is_array()) return make_error(Code::invalid, "{} is not a list", name);
    out.clear();
    for (size_t i = 0; i < list.size(); i++) {
        const auto text = list.at(i).as_string();
        if (!text) return make_error(Code::invalid, "{} has an element that is not a text", name);
        out.push_back(*text);
    }
    return {};
}

/// The members that are there.
Status take_members(const JsonView& body, AlarmDefinition& out) {
    TRY(take_text(body, "name", out.name));
    TRY(take_text(body, "expression", out.expression));
    if (body.has("description") && !body.get("description").is_null())
        TRY(take_text(body, "description", out.description));
    if (body.has("severity")) {
        const auto severity = model::parse_severity(body.string_or("severity", ""));
        if (!severity) return make_error(Code::invalid, "severity is none of LOW, MEDIUM, HIGH, CRITICAL");
        out.severity = *severity;
    }
    TRY(take_texts(body, "match_by", out.match_by));
    TRY(take_texts(body, "alarm_actions", out.alarm_actions));
    TRY(take_texts(body, "ok_actions", out.ok_actions));
    TRY(take_texts(body, "undetermined_actions", out.undetermined_actions));
    if (body.has("actions_enabled")) {
        const auto enabled = body.get("actions_enabled").as_bool();
        if (!enabled) return make_error(Code::invalid, "actions_enabled is not true or false");
        out.actions_enabled = *enabled;
    }
    return {};
}

Status need(const JsonView& body, std::initializer_list<std::string_view> members) {
    for (const std::string_view member : members)
        if (!body.has(member)) return make_error(Code::invalid, "{} is missing", member);
    return {};
}

int compare(std::string_view field, const AlarmDefinition& a, const AlarmDefinition& b) {
    if (field == "name") return order_of(a.name, b.name);
    if (field == "severity") return order_of(a.severity, b.severity);
    if (field == "created_at") return order_of(a.created_ms, b.created_ms);
    if (field == "updated_at") return order_of(a.updated_ms, b.updated_ms);
    return order_of(a.id, b.id);
}

}  // namespace

void AlarmApi::write_definition(JsonWriter& json, const AlarmDefinition& definition, std::string_view href) const {
    const auto parsed = parts_.definitions.parse(definition.language, definition.expression);
    json.begin_object().field("id", definition.id);
    write_self_link(json, href);
    json.field("name", definition.name).field("description", definition.description);
    json.field("expression", definition.expression);
    json.field("deterministic", parsed.ok() && parsed->monasca->deterministic());
    write_texts(json, "match_by", definition.match_by);
    json.field("severity", model::to_string(definition.severity)).field("actions_enabled", definition.actions_enabled);
    write_texts(json, "alarm_actions", definition.alarm_actions);
    write_texts(json, "ok_actions", definition.ok_actions);
    write_texts(json, "undetermined_actions", definition.undetermined_actions);
    json.end_object();
}

Result<AlarmApi::DefinitionPtr> AlarmApi::definition_of(const http::Request& request) const {
    const std::string id = id_param(request);
    DefinitionPtr found = TRY(parts_.definitions.find(request.identity.tenant, id));
    if (found->language != catalog::AlarmLanguage::monasca)
        return make_error(Code::not_found, "there is no alarm definition {}", id);
    return found;
}

AlarmApi::Answer AlarmApi::create_definition(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    AlarmDefinition definition{.tenant = request.identity.tenant};
    TRY(need(*body, {"name", "expression"}));
    TRY(take_members(*body, definition));
    definition.actions_enabled = true;
    const DefinitionPtr made = TRY(parts_.definitions.create(std::move(definition), request.identity.user));
    JsonWriter json;
    write_definition(json, *made, list_address(request) + "/" + made->id);
    http::Response out = http::json_response(json.take());
    out.status = 201;
    return out;
}

AlarmApi::Answer AlarmApi::list_definitions(const http::Request& request) const {
    const auto keys = TRY(sort_param(request, {"id", "name", "severity", "updated_at", "created_at"}));
    const size_t limit = TRY(limit_param(request));
    const size_t offset = TRY(row_offset_param(request));
    const DimensionFilter filter = TRY(dimension_param(request, "dimensions"));
    std::vector<model::Severity> severities;
    for (const std::string& text : split(request.query.get("severity").value_or(""), '|')) {
        const auto severity = model::parse_severity(text);
        if (!severity)
            return make_error(Code::invalid, "severity {:?} is none of LOW, MEDIUM, HIGH, CRITICAL",
                              text.substr(0, 40));
        severities.push_back(*severity);
    }
    const std::string name = request.query.get("name").value_or("");
    std::vector<DefinitionPtr> rows;
    for (const DefinitionPtr& definition : parts_.definitions.list(request.identity.tenant)) {
        if (definition->language != catalog::AlarmLanguage::monasca) continue;
        if (!name.empty() && definition->name != name) continue;
        if (!severities.empty() &&
            std::find(severities.begin(), severities.end(), definition->severity) == severities.end())
            continue;
        if (!filter.all.empty()) {
            const auto parsed = parts_.definitions.parse(definition->language, definition->expression);
            if (!parsed.ok()) continue;
            const auto& subs = parsed->monasca->subs;
            if (std::none_of(subs.begin(), subs.end(), [&](const auto& sub) { return filter.matches(sub.dimensions); }))
                continue;
        }
        rows.push_back(definition);
    }
    sort_by(rows, keys, compare);
    const size_t begin = std::min(offset, rows.size());
    const size_t end = std::min(rows.size(), begin + limit);
    const std::string address = list_address(request);
    JsonWriter elements;
    for (size_t i = begin; i < end; i++)
        write_definition(elements, *rows[i], address + "/" + rows[i]->id);
    return list_response(request, end < rows.size() ? std::optional(std::to_string(end)) : std::nullopt,
                         elements.text());
}

AlarmApi::Answer AlarmApi::show_definition(const http::Request& request) const {
    const DefinitionPtr found = TRY(definition_of(request));
    JsonWriter json;
    write_definition(json, *found, list_address(request));
    return http::json_response(json.take());
}

AlarmApi::Answer AlarmApi::replace_definition(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    const DefinitionPtr before = TRY(definition_of(request));
    TRY(need(*body, {"name", "expression", "description", "severity", "match_by", "actions_enabled", "alarm_actions",
                     "ok_actions", "undetermined_actions"}));
    return change_definition(request);
}

AlarmApi::Answer AlarmApi::change_definition(const http::Request& request) const {
    const auto body = read_body(request);
    if (!body) return bad_body(body.error());
    AlarmDefinition definition = *TRY(definition_of(request));
    TRY(take_members(*body, definition));
    const DefinitionPtr made =
        TRY(parts_.definitions.update(std::move(definition), alarm::ChangeRules::monasca, request.identity.user));
    JsonWriter json;
    write_definition(json, *made, list_address(request));
    return http::json_response(json.take());
}

AlarmApi::Answer AlarmApi::remove_definition(const http::Request& request) const {
    const DefinitionPtr found = TRY(definition_of(request));
    TRY(parts_.definitions.remove(request.identity.tenant, found->id, request.identity.user));
    return http::empty_response(204);
}

}  // namespace belfry::api::monasca
