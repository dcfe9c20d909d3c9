// Exemplars of the series that a query selects.
#include "api/prometheus/params.h"
#include "api/prometheus/prometheus_api.h"
#include "api/prometheus/render.h"
#include "base/number.h"
#include "query/promql/parser.h"

namespace belfry::api {
namespace {

void add_selectors(const promql::Expr& expr, std::vector<const model::Matchers*>& out) {
    if (const auto* selector = promql::try_as<promql::VectorSelector>(expr)) out.push_back(&selector->matchers);
    for (const promql::Expr* child : promql::children(expr))
        add_selectors(*child, out);
}

struct ByLabels {
    bool operator()(const model::Labels& a, const model::Labels& b) const { return model::compare(a, b) < 0; }
};

void append_exemplar(std::string& out, const model::Exemplar& exemplar) {
    out += R"({"labels":)";
    append_labels(out, exemplar.labels);
    out += R"(,"value":")";
    append_double(out, exemplar.value);
    out += R"(","timestamp":)";
    append_time(out, exemplar.time_ms);
    out += '}';
}

}  // namespace

PrometheusApi::Answer PrometheusApi::query_exemplars(const http::Request& request) const {
    const model::TimeRange range = TRY(range_params(request));
    auto expr = promql::parse(request.param("query").value_or(""));
    if (!expr) return invalid_parameter("query", expr.error());
    std::vector<const model::Matchers*> selectors;
    add_selectors(**expr, selectors);
    query::Budget budget(options_.limits, clock_);
    budget.cancel_with(request.disconnected);
    // Two selectors of a query may choose the same series: it has the same exemplars in both.
    std::map<model::Labels, std::vector<model::Exemplar>, ByLabels> found;
    for (const model::Matchers* matchers : selectors) {
        if (options_.exemplars == nullptr) break;
        for (auto& one : TRY(options_.exemplars->query(request.identity.tenant, *matchers, range, budget)))
            found.insert_or_assign(std::move(one.series), std::move(one.exemplars));
    }
    std::string out;
    begin_success(out);
    out += '[';
    for (const auto& [series, exemplars] : found) {
        if (out.back() != '[') out += ',';
        out += R"({"seriesLabels":)";
        append_labels(out, series);
        out += R"(,"exemplars":[)";
        for (const model::Exemplar& exemplar : exemplars) {
            if (out.back() != '[') out += ',';
            append_exemplar(out, exemplar);
        }
        out += "]}";
    }
    out += ']';
    return finish_success(std::move(out));
}

}  // namespace belfry::api
