// What there is: label names, their values, series, metadata.
#include "api/prometheus/params.h"
#include "api/prometheus/prometheus_api.h"
#include "api/prometheus/render.h"
#include "base/json.h"
#include "base/utf8.h"
#include "query/promql/literal.h"

namespace belfry::api {
namespace {

struct Scope {
    query::LabelQuery labels;
    size_t limit = 0;
};

// `labels.limit` asks for one more than wanted, so that a cut is noticed.
Result<Scope> scope_params(const http::Request& request) {
    Scope out;
    out.limit = TRY(limit_param(request));
    out.labels.range = TRY(range_params(request));
    out.labels.selectors = TRY(match_params(request));
    out.labels.limit = out.limit == 0 ? 0 : out.limit + 1;
    return out;
}

template <typename T>
Notes cut(std::vector<T>& rows, size_t limit) {
    Notes notes;
    if (limit > 0 && rows.size() > limit) {
        rows.resize(limit);
        notes.warnings.emplace_back(TRUNCATED);
    }
    return notes;
}

Result<size_t> count_param(const http::Request& request, std::string_view name) {
    const std::string text = request.param(name).value_or("");
    if (text.empty()) return std::numeric_limits<size_t>::max();
    const auto value = parse_length_ms(text);  // a number is what matters; a negative one means no limit
    if (!value) return make_error(Code::invalid, "{} must be a number", name);
    return *value < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(*value / 1000);
}

}  // namespace

PrometheusApi::Answer PrometheusApi::labels(const http::Request& request) const {
    const Scope scope = TRY(scope_params(request));
    query::Budget budget(options_.limits, clock_);
    budget.cancel_with(request.disconnected);
    auto names = TRY(source_.label_names(request.identity.tenant, scope.labels, budget));
    const Notes notes = cut(names, scope.limit);
    std::string out;
    begin_success(out);
    append_strings(out, names);
    return finish_success(std::move(out), notes);
}

PrometheusApi::Answer PrometheusApi::label_values(const http::Request& request) const {
    const auto segment = request.path_params.find("name");
    const std::string name = unescape_label_name(segment == request.path_params.end() ? "" : segment->second);
    if (name.empty() || !is_utf8(name)) return make_error(Code::invalid, "invalid label name: {}", promql::quote(name));
    const Scope scope = TRY(scope_params(request));
    query::Budget budget(options_.limits, clock_);
    budget.cancel_with(request.disconnected);
    auto values = TRY(source_.label_values(request.identity.tenant, name, scope.labels, budget));
    const Notes notes = cut(values, scope.limit);
    std::string out;
    begin_success(out);
    append_strings(out, values);
    return finish_success(std::move(out), notes);
}

PrometheusApi::Answer PrometheusApi::series(const http::Request& request) const {
    if (request.params("match[]").empty()) return make_error(Code::invalid, "no match[] parameter provided");
    const Scope scope = TRY(scope_params(request));
    query::Budget budget(options_.limits, clock_);
    budget.cancel_with(request.disconnected);
    auto rows = TRY(source_.series(request.identity.tenant, scope.labels, budget));
    const Notes notes = cut(rows, scope.limit);
    std::string out;
    begin_success(out);
    out += '[';
    for (const auto& row : rows) {
        if (out.back() != '[') out += ',';
        append_labels(out, row);
    }
    out += ']';
    return finish_success(std::move(out), notes);
}

PrometheusApi::Answer PrometheusApi::metadata(const http::Request& request) const {
    const size_t limit = TRY(count_param(request, "limit"));
    const size_t per_metric = TRY(count_param(request, "limit_per_metric"));
    auto rows = admin_.metadata(request.identity.tenant, request.param("metric").value_or(""), 0);
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    JsonWriter json;
    json.begin_object();
    size_t metrics = 0;
    for (size_t i = 0; i < rows.size() && metrics < limit; ++metrics) {
        const std::string& name = rows[i].name;
        json.key(name).begin_array();
        for (size_t n = 0; i < rows.size() && rows[i].name == name; ++i, ++n) {
            if (per_metric > 0 && n >= per_metric) continue;
            json.begin_object()
                .field("type", model::to_string(rows[i].type))
                .field("help", rows[i].help)
                .field("unit", rows[i].unit);
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
    return success(json.text());
}

}  // namespace belfry::api
