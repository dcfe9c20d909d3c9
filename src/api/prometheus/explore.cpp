// What the metrics page asks: the tree of metrics, the labels of a selection with counts, the functions of the
// language.
#include "api/prometheus/params.h"
#include "api/prometheus/prometheus_api.h"
#include "base/json.h"
#include "query/promql/function_docs.h"

#include <unordered_map>

namespace belfry::api {

PrometheusApi::Answer PrometheusApi::explore_metrics(const http::Request& request) const {
    const size_t limit = TRY(limit_param(request));
    const MetricList list = admin_.metrics(request.identity.tenant, request.param("prefix").value_or(""), limit);
    JsonWriter json;
    json.begin_object().field("total_series", list.total_series).key("metrics").begin_array();
    for (const auto& metric : list.metrics) {
        json.begin_object()
            .field("name", metric.name)
            .field("type", model::to_string(metric.type))
            .field("unit", metric.unit);
        json.field("help", metric.help).field("series", metric.series).end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

PrometheusApi::Answer PrometheusApi::explore_labels(const http::Request& request) const {
    constexpr size_t TOP_DEFAULT = 10;
    const size_t limit = TRY(limit_param(request));
    const size_t top = limit == 0 ? TOP_DEFAULT : limit;
    query::LabelQuery labels;
    labels.range = TRY(range_params(request));
    labels.selectors = TRY(match_params(request));
    query::Budget budget(options_.limits, clock_);
    budget.cancel_with(request.disconnected);
    const auto rows = TRY(source_.series(request.identity.tenant, labels, budget));

    std::map<std::string_view, std::unordered_map<std::string_view, uint64_t>> counts;  // views into `rows`
    for (const auto& row : rows) {
        for (const auto& label : row.view())
            ++counts[label.name][label.value];
    }
    JsonWriter json;
    json.begin_object().field("series", rows.size()).key("labels").begin_array();
    for (const auto& [name, values] : counts) {
        std::vector<std::pair<std::string_view, uint64_t>> sorted(values.begin(), values.end());
        const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(std::min(top, sorted.size()));
        std::partial_sort(sorted.begin(), middle, sorted.end(), [](const auto& a, const auto& b) {
            return a.second != b.second ? a.second > b.second : a.first < b.first;
        });
        json.begin_object().field("name", name).field("values_count", values.size()).key("top").begin_array();
        for (auto at = sorted.begin(); at != middle; ++at) {
            json.begin_object().field("value", at->first).field("series", at->second).end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

PrometheusApi::Answer PrometheusApi::explore_functions(const http::Request&) const {
    JsonWriter json;
    json.begin_object().key("functions").begin_array();
    for (const auto& doc : promql::function_docs()) {
        json.begin_object().field("name", doc.name).field("kind", doc.kind).field("signature", doc.signature);
        json.field("experimental", doc.experimental).field("help", doc.help).end_object();
    }
    json.end_array().end_object();
    return http::json_response(json.take());
}

}  // namespace belfry::api
