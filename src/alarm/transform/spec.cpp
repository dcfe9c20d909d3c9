#include "alarm/transform/spec.h"

#include "base/json.h"

#include <array>

namespace belfry::alarm {
namespace {

using Names = std::initializer_list<std::string_view>;

constexpr std::array<std::string_view, 6> OPERATIONS = {"sum", "max",    "min",
                                                        "avg", "latest", "oldest"};  // as TransformOp

Status known_members(const JsonView& json, std::string_view where, Names known) {
    if (!json.is_object()) return make_error(Code::invalid, "{} is an object", where);
    for (const std::string& name : json.keys())
        if (std::find(known.begin(), known.end(), name) == known.end())
            return make_error(Code::invalid, "{} has no member {}", where, name.substr(0, 80));
    return {};
}

Result<std::string> text(const JsonView& json, std::string_view name) {
    auto out = json.get(name).as_string();
    if (!out || out->empty()) return make_error(Code::invalid, "{} is a text", name);
    return *std::move(out);
}

Result<std::vector<std::string>> texts(const JsonView& json, std::string_view name) {
    const JsonView list = json.get(name);
    std::vector<std::string> out;
    if (list.is_null()) return out;
    if (!list.is_array()) return make_error(Code::invalid, "{} is a list of texts", name);
    for (size_t i = 0; i < list.size(); ++i) {
        auto item = list.at(i).as_string();
        if (!item || item->empty()) return make_error(Code::invalid, "{} is a list of texts", name);
        out.push_back(*std::move(item));
    }
    return out;
}

Result<std::vector<std::string>> fields(const JsonView& json, std::string_view name) {
    std::vector<std::string> out = TRY(texts(json, name));
    for (std::string& field : out)
        field = canonical_field(field);
    return out;
}

Result<TransformOp> operation(const JsonView& json, std::string_view name) {
    const std::string word = TRY(text(json, name));
    const auto found = std::find(OPERATIONS.begin(), OPERATIONS.end(), word);
    if (found == OPERATIONS.end()) return make_error(Code::invalid, "{} is sum, max, min, avg, latest or oldest", name);
    return static_cast<TransformOp>(found - OPERATIONS.begin());
}

Status each_of(const std::vector<std::string>& words, std::string_view name, Names known) {
    for (const std::string& word : words)
        if (std::find(known.begin(), known.end(), word) == known.end())
            return make_error(Code::invalid, "{} knows no {}", name, word.substr(0, 80));
    return {};
}

Result<PreTransformSpec> read_input(const JsonView& json) {
    TRY(known_members(
        json, "a pre_transform_spec",
        {"event_type", "metric_id_list", "required_raw_fields_list", "event_processing_params", "service_id"}));
    PreTransformSpec out;
    // one by one: a return from within an initializer leaks the members before it
    out.event_type = TRY(text(json, "event_type"));
    out.metric_ids = TRY(texts(json, "metric_id_list"));
    out.required_fields = TRY(fields(json, "required_raw_fields_list"));
    if (out.metric_ids.empty()) return make_error(Code::invalid, "metric_id_list is empty");
    const JsonView params = json.get("event_processing_params");
    if (params.is_null()) return out;
    TRY(known_members(params, "event_processing_params",
                      {"set_default_zone_to", "set_default_geolocation_to", "set_default_region_to"}));
    for (const char* field : {"zone", "geolocation", "region"}) {
        const std::string name = fmt::format("set_default_{}_to", field);
        if (params.has(name)) out.defaults.emplace(field, TRY(text(params, name)));
    }
    return out;
}

Result<TransformFilter> read_filter(const JsonView& json) {
    TRY(known_members(json, "filter_by_list", {"field_to_filter", "filter_expression", "filter_operation"}));
    const std::string way = TRY(text(json, "filter_operation"));
    if (way != "include" && way != "exclude")
        return make_error(Code::invalid, "filter_operation is include or exclude");
    const std::string field = TRY(text(json, "field_to_filter"));
    const std::string expression = "^(?:" + TRY(text(json, "filter_expression")) + ")";
    auto pattern = TRY(model::Pattern::make(expression).context("filter_expression"));
    return TransformFilter{
        .field = canonical_field(field), .pattern = std::move(pattern), .include = way == "include"};
}

Status read_pipeline(const JsonView& json, TransformSpec& out) {
    TRY(known_members(json, "aggregation_pipeline", {"source", "usage", "setters", "insert"}));
    if (TRY(text(json, "source")) != "streaming") return make_error(Code::invalid, "source is streaming");
    const std::string usage = TRY(text(json, "usage"));
    if (usage == "fetch_quantity")
        out.usage = TransformSpec::Usage::quantity;
    else if (usage == "fetch_quantity_util")
        out.usage = TransformSpec::Usage::utilisation;
    else if (usage == "calculate_rate")
        out.usage = TransformSpec::Usage::rate;
    else
        return make_error(Code::invalid, "usage is fetch_quantity, fetch_quantity_util or calculate_rate");
    const std::vector<std::string> setters = TRY(texts(json, "setters"));
    TRY(each_of(setters, "setters", {"rollup_quantity", "set_aggregated_metric_name", "set_aggregated_period"}));
    TRY(each_of(TRY(texts(json, "insert")), "insert", {"prepare_data", "insert_data", "insert_data_pre_hourly"}));
    out.rolls_up = std::find(setters.begin(), setters.end(), "rollup_quantity") != setters.end();
    return {};
}

Result<TransformSpec> read_aggregation(const JsonView& json) {
    TRY(known_members(json, "a transform_spec", {"metric_id", "metric_group", "aggregation_params_map"}));
    TransformSpec out;
    out.metric_id = TRY(text(json, "metric_id"));
    const JsonView params = json.get("aggregation_params_map");
    TRY(known_members(
        params, "aggregation_params_map",
        {"aggregation_pipeline", "aggregated_metric_name", "aggregation_period", "aggregation_group_by_list",
         "usage_fetch_operation", "usage_fetch_util_quantity_event_type", "usage_fetch_util_idle_perc_event_type",
         "filter_by_list", "setter_rollup_group_by_list", "setter_rollup_operation", "dimension_list",
         "pre_hourly_operation", "pre_hourly_group_by_list"}));
    TRY(read_pipeline(params.get("aggregation_pipeline"), out));
    out.name = TRY(text(params, "aggregated_metric_name"));
    if (TRY(text(params, "aggregation_period")) != "hourly")
        return make_error(Code::invalid, "aggregation_period is hourly");
    out.group_by = TRY(fields(params, "aggregation_group_by_list"));
    out.rollup_by = TRY(fields(params, "setter_rollup_group_by_list"));
    out.dimensions = TRY(texts(params, "dimension_list"));
    if (out.usage != TransformSpec::Usage::rate) out.operation = TRY(operation(params, "usage_fetch_operation"));
    if (out.rolls_up) out.rollup_operation = TRY(operation(params, "setter_rollup_operation"));
    if (out.usage == TransformSpec::Usage::utilisation) {
        out.total_event = TRY(text(params, "usage_fetch_util_quantity_event_type"));
        out.idle_event = TRY(text(params, "usage_fetch_util_idle_perc_event_type"));
    }
    // the hour is one window here, so what joins its parts upstream has nothing to join; it is checked all the same
    if (params.has("pre_hourly_operation"))
        if (const std::string word = TRY(text(params, "pre_hourly_operation")); word != "rate")
            (void)TRY(operation(params, "pre_hourly_operation"));
    (void)TRY(texts(params, "pre_hourly_group_by_list"));
    const JsonView filters = params.get("filter_by_list");
    if (!filters.is_null() && !filters.is_array()) return make_error(Code::invalid, "filter_by_list is a list");
    for (size_t i = 0; i < filters.size(); ++i)
        out.filters.push_back(TRY(read_filter(filters.at(i))));
    return out;
}

template <typename T, typename Read>
Result<std::vector<T>> read_lines(std::string_view all, std::string_view file, Read read) {
    std::vector<T> out;
    size_t number = 0;
    while (!all.empty()) {
        const size_t end = all.find('\n');
        const std::string_view line = all.substr(0, end);
        all.remove_prefix(end == std::string_view::npos ? all.size() : end + 1);
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const JsonView json = TRY(JsonView::parse(line).context("{}:{}", file, number));
        out.push_back(TRY(read(json).context("{}:{}", file, number)));
    }
    return out;
}

}  // namespace

std::string canonical_field(std::string_view field) {
    constexpr std::string_view DIMENSIONS = "dimensions#", META = "meta#";
    if (field.starts_with(DIMENSIONS)) field.remove_prefix(DIMENSIONS.size());
    if (field.starts_with(META)) field.remove_prefix(META.size());
    if (field == "hostname") return "host";
    if (field == "tenantId" || field == "tenant_id") return "project_id";
    if (field == "resource_id" || field == "resourceId") return "resource_uuid";
    if (field == "userId") return "user_id";
    return std::string(field);
}

Result<TransformSpecs> parse_transform_specs(std::string_view pre_transform_specs, std::string_view transform_specs) {
    TransformSpecs out;
    out.inputs = TRY(read_lines<PreTransformSpec>(pre_transform_specs, "pre_transform_specs", read_input));
    out.aggregations = TRY(read_lines<TransformSpec>(transform_specs, "transform_specs", read_aggregation));
    return out;
}

}  // namespace belfry::alarm
