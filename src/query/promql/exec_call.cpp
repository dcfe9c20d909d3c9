#include "query/promql/fn.h"

namespace belfry::promql {
namespace {

// A range function over every series, one at a time.
class RangeCallRows : public Rows {
  public:
    RangeCallRows(RangeRowsPtr inner, const Binding& binding, std::vector<std::vector<double>> params, Span at, RangeEdges edges,
                  int64_t lookback_ms)
        : Rows(inner->grid()), inner_(std::move(inner)), kernel_(binding.range), record_kernel_(record_kernel(binding.id)), params_(std::move(params)), at_(at),
          edges_(edges), lookback_ms_(lookback_ms) {
        for (const Head& head : inner_->heads()) heads_.push_back({head.labels, head.drop_name || !binding.keeps_name});
    }
    [[nodiscard]] size_t cost() const override { return inner_->cost(); }

    [[nodiscard]] Status read(size_t row, Reader& reader, Cells out) const override {
        out.clear();
        const bool by_records = record_kernel_ != nullptr && TRY(inner_->read_records(row, reader));
        RangeSeries series;
        if (!by_records) TRY(inner_->read(row, reader, series));
        if (!by_records && series.times.empty() && series.histogram_times.empty()) return {};
        const RangeCall call{.grid = grid_,
                             .reference = inner_->reference(),
                             .range_ms = inner_->range_ms(),
                             .params = params_,
                             .at = at_,
                             .labels = inner_->heads()[row].labels,
                             .edges = edges_,
                             .lookback_ms = lookback_ms_,
                             .reader = reader};
        if (by_records) record_kernel_(call, reader.records, out);
        else kernel_(call, series, out);
        return {};
    }

  private:
    RangeRowsPtr inner_;
    RangeKernel kernel_;
    RecordKernel record_kernel_;
    std::vector<std::vector<double>> params_;
    Span at_;
    RangeEdges edges_;
    int64_t lookback_ms_;
};

RangeEdges edges_of(const Expr& expr) {
    const auto* matrix = try_as<MatrixSelector>(unwrap(expr));
    return matrix ? matrix->selector->edges : RangeEdges::plain;
}

Result<RowsPtr> call_range(Exec& exec, const Call& node, const Binding& binding, const Grid& grid) {
    RangeRowsPtr windows;
    std::vector<std::vector<double>> params;
    Span at;
    RangeEdges edges = RangeEdges::plain;
    for (const ExprPtr& arg : node.args) {
        if (arg->type == ValueType::scalar) {
            params.push_back(TRY(exec.scalar(*arg, grid)));
            if (node.function->id == FunctionId::quantile_over_time) warn_bad_quantiles(exec, params.back(), arg->at);
            continue;
        }
        at = arg->at;
        edges = edges_of(*arg);
        windows = TRY(exec.range(*arg, grid, record_kernel(binding.id) != nullptr));
    }
    if (node.function->id == FunctionId::double_exponential_smoothing) TRY(check_smoothing_factors(params));
    return RowsPtr(std::make_unique<RangeCallRows>(std::move(windows), binding, std::move(params), at, edges,
                                                   exec.setup().options.lookback_ms));
}

std::array<const Binding*, FUNCTION_COUNT> all_bindings() {
    std::array<const Binding*, FUNCTION_COUNT> out{};
    for (const std::span<const Binding> family :
         {math_functions(), time_functions(), over_time_functions(), rate_functions(), trend_functions(), label_functions(),
          vector_functions(), histogram_functions(), info_functions()})
        for (const Binding& binding : family) out[static_cast<size_t>(binding.id)] = &binding;
    return out;
}

}  // namespace

const Binding* find_binding(FunctionId id) {
    static const std::array<const Binding*, FUNCTION_COUNT> ALL = all_bindings();
    return ALL[static_cast<size_t>(id)];
}

Status check_smoothing_factors(std::span<const std::vector<double>> params) {
    static constexpr std::string_view NAMES[] = {"smoothing", "trend"};
    for (size_t p = 0; p < 2; p++)
        for (const double factor : params[p])
            if (!(factor >= 0 && factor <= 1))
                return make_error(Code::internal, "invalid {} factor. Expected: 0 <= factor <= 1, got: {}", NAMES[p], factor);
    return {};
}

void warn_bad_quantiles(Exec& exec, std::span<const double> quantiles, Span at) {
    for (const double q : quantiles)
        if (!(q >= 0 && q <= 1))
            exec.annotations().warn(fmt::format("quantile value should be between 0 and 1, got {}", format_g(q)), at);
}

std::string format_g(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string format_plain(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    char text[400];  // the longest double has 309 digits before its point, or 324 zeros and 17 digits behind it
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
    return {text, end.ptr};
}

Result<RowsPtr> eval_call(Exec& exec, const Call& node, const Grid& grid) {
    const Binding* binding = find_binding(node.function->id);
    if (binding == nullptr) return make_error(Code::internal, "function {} is not implemented", node.function->name);
    if (binding->vector) return binding->vector(exec, node, grid);
    if (binding->range) return call_range(exec, node, *binding, grid);
    if (binding->math)
        return map_rows(TRY(exec.vector(*node.args[0], grid)), true, [f = binding->math](double v, size_t) { return f(v); });
    return make_error(Code::internal, "function {} gives no vector", node.function->name);
}

Result<std::vector<double>> eval_scalar_call(Exec& exec, const Call& node, const Grid& grid) {
    const Binding* binding = find_binding(node.function->id);
    if (binding == nullptr || !binding->scalar)
        return make_error(Code::internal, "function {} gives no scalar", node.function->name);
    return binding->scalar(exec, node, grid);
}

}  // namespace belfry::promql
