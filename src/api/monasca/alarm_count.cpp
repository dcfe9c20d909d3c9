#include "api/monasca/alarm_api.h"
#include "api/monasca/page.h"

#include <map>
#include <set>

namespace belfry::api::monasca {
namespace {

constexpr std::string_view FIELDS[] = {"alarm_definition_id", "name",        "state",          "severity",       "link",
                                       "lifecycle_state",     "metric_name", "dimension_name", "dimension_value"};

/// What an alarm is counted under; nothing where it has no such thing.
using Group = std::vector<std::optional<std::string>>;

std::optional<std::string> text_or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> value_of(std::string_view field,
                                    const model::Alarm& alarm,
                                    const model::AlarmMetric* metric,
                                    const std::pair<std::string, std::string>* dimension) {
    if (field == "alarm_definition_id") return alarm.definition_id;
    if (field == "name") return alarm.name;
    if (field == "state") return std::string(model::to_string(alarm.state));
    if (field == "severity") return std::string(model::to_string(alarm.severity));
    if (field == "link") return text_or_nothing(alarm.link);
    if (field == "lifecycle_state") return text_or_nothing(alarm.lifecycle_state);
    if (field == "metric_name") return metric != nullptr ? std::optional(metric->name) : std::nullopt;
    if (dimension == nullptr) return std::nullopt;
    return field == "dimension_name" ? dimension->first : dimension->second;
}

/// An alarm with several metrics counts once in each group that one of them makes.
std::set<Group> groups_of(const model::Alarm& alarm,
                          const std::vector<std::string>& fields,
                          bool by_metric,
                          bool by_dimension) {
    std::set<Group> out;
    const auto add = [&](const model::AlarmMetric* metric, const std::pair<std::string, std::string>* dimension) {
        Group group;
        for (const std::string& field : fields)
            group.push_back(value_of(field, alarm, metric, dimension));
        out.insert(std::move(group));
    };
    if (!by_metric && !by_dimension) add(nullptr, nullptr);
    for (const model::AlarmMetric& metric : alarm.metrics) {
        if (!by_dimension && by_metric) add(&metric, nullptr);
        for (const auto& dimension : metric.dimensions)
            if (by_dimension) add(&metric, &dimension);
        if (by_dimension && metric.dimensions.empty()) add(&metric, nullptr);
    }
    return out;
}

}  // namespace

AlarmApi::Answer AlarmApi::count_alarms(const http::Request& request) const {
    const size_t limit = TRY(limit_param(request));
    const size_t offset = TRY(row_offset_param(request));
    std::vector<std::string> fields;
    for (const std::string& field : split(request.query.get("group_by").value_or(""), ',')) {
        if (std::find(std::begin(FIELDS), std::end(FIELDS), field) == std::end(FIELDS))
            return make_error(Code::invalid, "group_by does not know the field {:?}", field.substr(0, 80));
        fields.push_back(field);
    }
    const auto has = [&](std::string_view field) {
        return std::find(fields.begin(), fields.end(), field) != fields.end();
    };
    const bool by_dimension = has("dimension_name") || has("dimension_value");
    std::map<Group, uint64_t> counts;
    for (const alarm::AlarmPtr& alarm : TRY(filtered(request)))
        for (const Group& group : groups_of(*alarm, fields, has("metric_name"), by_dimension))
            counts[group]++;
    if (counts.empty()) counts.emplace(Group(fields.size()), 0);

    JsonWriter json;
    json.begin_object();
    const size_t end = std::min(counts.size(), offset + limit);
    write_list_links(json, request, end < counts.size() ? std::optional(std::to_string(end)) : std::nullopt);
    json.key("columns").begin_array().string("count");
    for (const std::string& field : fields)
        json.string(field);
    json.end_array().key("counts").begin_array();
    size_t row = 0;
    for (const auto& [group, count] : counts) {
        if (row++ < offset || row > end) continue;
        json.begin_array().unsigned_integer(count);
        for (const auto& value : group) {
            if (value)
                json.string(*value);
            else
                json.null();
        }
        json.end_array();
    }
    return http::json_response(json.end_array().end_object().take());
}

}  // namespace belfry::api::monasca
