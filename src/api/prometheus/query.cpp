// Questions in PromQL.
#include "api/prometheus/params.h"
#include "api/prometheus/parse_tree.h"
#include "api/prometheus/prometheus_api.h"
#include "api/prometheus/render.h"
#include "base/json.h"
#include "query/promql/literal.h"
#include "query/promql/parser.h"
#include "query/promql/print.h"

namespace belfry::api {
namespace {

// Parameters that instant and range queries share.
struct Common {
    std::string text;
    promql::ExprPtr expr;
    size_t limit = 0;
    std::optional<int64_t> timeout_ms;
    std::optional<int64_t> lookback_ms;
    std::string stats;
};

Result<promql::ExprPtr> parse_param(const std::string& text) {
    auto expr = promql::parse(text);
    if (!expr) return invalid_parameter("query", expr.error());
    return expr;
}

Result<Common> common_params(const http::Request& request) {
    Common out;
    out.limit = TRY(limit_param(request));
    out.timeout_ms = TRY(length_param(request, "timeout"));
    out.lookback_ms = TRY(length_param(request, "lookback_delta"));
    out.stats = request.param("stats").value_or("");
    out.text = request.param("query").value_or("");
    out.expr = TRY(parse_param(out.text));
    return out;
}

void append_stats(std::string& out, const promql::QueryStats& stats) {
    const double seconds = static_cast<double>(stats.elapsed_ms) / 1000;
    out += fmt::format(
        R"(,"stats":{{"timings":{{"evalTotalTime":{0},"resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":{0},)"
        R"("execQueueTime":0,"execTotalTime":{0}}},"samples":{{"totalQueryableSamples":{1},"samplesRead":{1},"peakSamples":0}}}})",
        seconds, stats.samples);
}

http::Response answer(promql::QueryResult result, const Common& common) {
    Notes notes{std::move(result.warnings), std::move(result.infos)};
    if (common.limit > 0 && result.series.size() > common.limit) notes.warnings.emplace_back(TRUNCATED);
    if (!common.stats.empty() && common.stats != "true" && common.stats != "all") {
        notes.warnings.push_back(fmt::format("value {} for parameter \"stats\" is not known, use \"true\" or \"all\"",
                                             promql::quote(common.stats)));
    }
    std::string out;
    begin_success(out);
    append_result(out, result, common.limit);
    if (!common.stats.empty()) append_stats(out, result.stats);
    out += '}';
    http::Response response = finish_success(std::move(out), notes);
    response.set_header("X-Belfry-Query",
                        fmt::format("series={} samples={} bytes={} ms={}", result.stats.series, result.stats.samples,
                                    result.stats.bytes, result.stats.elapsed_ms));
    return response;
}

}  // namespace

PrometheusApi::Answer PrometheusApi::query(const http::Request& request) const {
    const int64_t time_ms = TRY(time_param(request, "time", clock_.now_ms()));
    const Common common = TRY(common_params(request));
    query::Budget budget(limits_for(common.timeout_ms), clock_);
    budget.cancel_with(request.disconnected);
    const promql::QueryOptions options{.tenant = request.identity.tenant,
                                       .lookback_ms = common.lookback_ms.value_or(options_.lookback_ms),
                                       .default_step_ms = options_.default_step_ms};
    auto result = engine_.run_instant(*common.expr, common.text, time_ms, options, budget);
    if (!result && result.error().code == Code::invalid) return invalid_parameter("query", result.error());
    return answer(TRY(std::move(result)), common);
}

PrometheusApi::Answer PrometheusApi::query_range(const http::Request& request) const {
    promql::QueryRange range;
    range.start_ms = TRY(required_time_param(request, "start"));
    range.end_ms = TRY(required_time_param(request, "end"));
    if (range.end_ms < range.start_ms) {
        return make_error(Code::invalid, "invalid parameter \"end\": end timestamp must not be before start time");
    }
    auto step_ms = parse_length_ms(request.param("step").value_or(""));
    if (!step_ms) return invalid_parameter("step", step_ms.error());
    range.step_ms = *step_ms;
    if (range.step_ms <= 0) {
        return make_error(Code::invalid,
                          "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. "
                          "Try a positive "
                          "integer");
    }
    const auto length_ms = static_cast<uint64_t>(range.end_ms) - static_cast<uint64_t>(range.start_ms);
    if (length_ms / static_cast<uint64_t>(range.step_ms) > static_cast<uint64_t>(promql::STEPS_MAX)) {
        return make_error(
            Code::invalid,
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
            "(?step=XX)");
    }
    const Common common = TRY(common_params(request));
    const auto type = common.expr->type;
    if (type != promql::ValueType::scalar && type != promql::ValueType::vector) {
        return make_error(Code::invalid,
                          "invalid parameter \"query\": invalid expression type \"{}\" for range query, must be Scalar or "
                          "instant Vector",
                          promql::describe(type));
    }
    query::Budget budget(limits_for(common.timeout_ms), clock_);
    budget.cancel_with(request.disconnected);
    const promql::QueryOptions options{.tenant = request.identity.tenant,
                                       .lookback_ms = common.lookback_ms.value_or(options_.lookback_ms),
                                       .default_step_ms = options_.default_step_ms};
    auto result = engine_.run_range(*common.expr, common.text, range, options, budget);
    if (!result && result.error().code == Code::invalid) return invalid_parameter("query", result.error());
    return answer(TRY(std::move(result)), common);
}

PrometheusApi::Answer PrometheusApi::format_query(const http::Request& request) const {
    const auto expr = TRY(parse_param(request.param("query").value_or("")));
    std::string text;
    append_json_string(text, promql::print_pretty(*expr));
    return success(text);
}

PrometheusApi::Answer PrometheusApi::parse_query(const http::Request& request) const {
    const auto expr = TRY(parse_param(request.param("query").value_or("")));
    return success(parse_tree_json(*expr));
}

}  // namespace belfry::api
