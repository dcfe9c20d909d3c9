// What there is: metrics, their names, names and values of their dimensions.
#include "api/monasca/monasca_api.h"
#include "api/monasca/page.h"
#include "api/monasca/params.h"
#include "http/titled_error.h"

namespace belfry::api::monasca {
namespace {

/// start_time and end_time, both inclusive; everything when missing.
Result<model::TimeRange> optional_range(const http::Request& request) {
    model::TimeRange out = model::ALL_TIMES;
    if (const auto start = TRY(time_param(request, "start_time"))) out.from_ms = *start;
    if (const auto end = TRY(time_param(request, "end_time"))) out.to_ms = *end + 1;
    return out;
}

}  // namespace

MonascaApi::Answer MonascaApi::metrics(const http::Request& request) const {
    const auto tenant = http::delegated_tenant(request.identity, request.query.get("tenant_id").value_or(""));
    if (!tenant) return http::titled_error(401, tenant.error().message);
    const size_t limit = TRY(limit_param(request));
    const model::TimeRange range = TRY(optional_range(request));
    if (range.from_ms >= range.to_ms) return http::titled_error(400, "start_time must be before end_time");
    query::LabelQuery query{.range = range, .selectors = {}, .limit = 0};
    auto matchers =
        TRY(matchers_of(request.query.get("name").value_or(""), TRY(dimension_param(request, "dimensions"))));
    if (!matchers.empty()) query.selectors.push_back(std::move(matchers));
    query::Budget budget(parts_.limits, parts_.clock);
    budget.cancel_with(request.disconnected);
    const std::vector<model::Labels> series = TRY(parts_.metrics.series(*tenant, query, budget));
    size_t begin = 0;
    if (const auto offset = request.query.get("offset"); offset && !offset->empty()) {
        while (begin < series.size() && metric_id(series[begin].get(model::METRIC_NAME), series[begin]) != *offset)
            begin++;
        if (begin == series.size())
            return make_error(Code::invalid, "offset {:?} is no metric of this list (any more)", offset->substr(0, 80));
        begin++;
    }
    const size_t end = std::min(series.size(), begin + limit);
    JsonWriter json;
    json.begin_object();
    const auto id_of = [&](size_t i) { return metric_id(series[i].get(model::METRIC_NAME), series[i]); };
    write_list_links(json, request, end < series.size() ? std::optional(id_of(end - 1)) : std::nullopt);
    json.key("elements").begin_array();
    for (size_t i = begin; i < end; i++) {
        json.begin_object().field("id", id_of(i)).field("name", series[i].get(model::METRIC_NAME));
        json.key("dimensions").begin_object();
        for (const model::Label& label : series[i].view())
            if (label.name != model::METRIC_NAME) json.field(label.name, label.value);
        json.end_object().end_object();
    }
    return http::json_response(json.end_array().end_object().take());
}

MonascaApi::Answer MonascaApi::sorted_list(const http::Request& request,
                                           std::vector<std::string> values,
                                           std::string_view member) const {
    const size_t limit = TRY(limit_param(request));
    const std::string offset = request.query.get("offset").value_or("");
    const auto begin = offset.empty() ? values.begin() : std::upper_bound(values.begin(), values.end(), offset);
    const auto count = std::min(static_cast<size_t>(values.end() - begin), limit);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    JsonWriter json;
    json.begin_object();
    write_list_links(json, request, end == values.end() ? std::nullopt : std::optional(*(end - 1)));
    json.key("elements").begin_array();
    for (auto it = begin; it != end; ++it)
        json.begin_object().field(member, *it).end_object();
    return http::json_response(json.end_array().end_object().take());
}

MonascaApi::Answer MonascaApi::names(const http::Request& request) const {
    const auto tenant = http::delegated_tenant(request.identity, request.query.get("tenant_id").value_or(""));
    if (!tenant) return http::titled_error(401, tenant.error().message);
    query::LabelQuery query{.range = model::ALL_TIMES, .selectors = {}, .limit = 0};
    auto matchers = TRY(matchers_of("", TRY(dimension_param(request, "dimensions"))));
    if (!matchers.empty()) query.selectors.push_back(std::move(matchers));
    query::Budget budget(parts_.limits, parts_.clock);
    budget.cancel_with(request.disconnected);
    return sorted_list(request, TRY(parts_.metrics.label_values(*tenant, model::METRIC_NAME, query, budget)), "name");
}

MonascaApi::Answer MonascaApi::dimension_names(const http::Request& request) const {
    const auto tenant = http::delegated_tenant(request.identity, request.query.get("tenant_id").value_or(""));
    if (!tenant) return http::titled_error(401, tenant.error().message);
    query::LabelQuery query{.range = TRY(optional_range(request)), .selectors = {}, .limit = 0};
    auto matchers = TRY(matchers_of(request.query.get("metric_name").value_or(""), {}));
    if (!matchers.empty()) query.selectors.push_back(std::move(matchers));
    query::Budget budget(parts_.limits, parts_.clock);
    budget.cancel_with(request.disconnected);
    auto names = TRY(parts_.metrics.label_names(*tenant, query, budget));
    std::erase(names, model::METRIC_NAME);
    return sorted_list(request, std::move(names), "dimension_name");
}

MonascaApi::Answer MonascaApi::dimension_values(const http::Request& request) const {
    const auto tenant = http::delegated_tenant(request.identity, request.query.get("tenant_id").value_or(""));
    if (!tenant) return http::titled_error(401, tenant.error().message);
    const std::string dimension = TRY(required_param(request, "dimension_name"));
    query::LabelQuery query{.range = TRY(optional_range(request)), .selectors = {}, .limit = 0};
    auto matchers = TRY(matchers_of(request.query.get("metric_name").value_or(""), {}));
    if (!matchers.empty()) query.selectors.push_back(std::move(matchers));
    query::Budget budget(parts_.limits, parts_.clock);
    budget.cancel_with(request.disconnected);
    return sorted_list(request, TRY(parts_.metrics.label_values(*tenant, dimension, query, budget)), "dimension_value");
}

}  // namespace belfry::api::monasca
