#include "query/promql/fn.h"

#include <numbers>

namespace belfry::promql {
namespace {

double sign(double v) { return v < 0 ? -1 : v > 0 ? 1 : v; }
double degrees(double v) { return v * 180 / std::numbers::pi; }
double radians(double v) { return v * std::numbers::pi / 180; }

const Expr& arg(const Call& node, size_t i) { return *node.args[i]; }

Result<RowsPtr> clamp(Exec& exec, const Call& node, const Grid& grid) {
    RowsPtr rows = TRY(exec.vector(arg(node, 0), grid));
    const std::vector<double> low = TRY(exec.scalar(arg(node, 1), grid));
    const std::vector<double> high = TRY(exec.scalar(arg(node, 2), grid));
    return map_rows(std::move(rows), true, [low, high](double v, size_t i) {
        if (high[i] < low[i]) return ABSENT;
        if (std::isnan(low[i]) || std::isnan(high[i])) return std::numeric_limits<double>::quiet_NaN();
        return std::max(low[i], std::min(high[i], v));
    });
}

template <bool UPPER>
Result<RowsPtr> clamp_one(Exec& exec, const Call& node, const Grid& grid) {
    RowsPtr rows = TRY(exec.vector(arg(node, 0), grid));
    const std::vector<double> limit = TRY(exec.scalar(arg(node, 1), grid));
    return map_rows(std::move(rows), true, [limit](double v, size_t i) {
        if (std::isnan(limit[i]) || std::isnan(v)) return std::numeric_limits<double>::quiet_NaN();
        return UPPER ? std::min(limit[i], v) : std::max(limit[i], v);
    });
}

Result<RowsPtr> round(Exec& exec, const Call& node, const Grid& grid) {
    RowsPtr rows = TRY(exec.vector(arg(node, 0), grid));
    std::vector<double> to(grid.count, 1);
    if (node.args.size() > 1) to = TRY(exec.scalar(arg(node, 1), grid));
    for (double& v : to) v = 1 / v;  // dividing by the inverse is exact for 0.1, 0.01 ...
    return map_rows(std::move(rows), true, [to](double v, size_t i) { return std::floor(v * to[i] + 0.5) / to[i]; });
}

Result<std::vector<double>> pi(Exec&, const Call&, const Grid& grid) {
    return std::vector<double>(grid.count, std::numbers::pi);
}

template <bool MAX>
Result<std::vector<double>> extreme_of(Exec& exec, const Call& node, const Grid& grid) {
    std::vector<double> a = TRY(exec.scalar(arg(node, 0), grid));
    const std::vector<double> b = TRY(exec.scalar(arg(node, 1), grid));
    for (size_t i = 0; i < a.size(); i++) {
        if (std::isnan(b[i])) a[i] = b[i];
        else if (!std::isnan(a[i])) a[i] = MAX ? std::max(a[i], b[i]) : std::min(a[i], b[i]);
    }
    return a;
}

}  // namespace

std::span<const Binding> math_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::abs, .math = [](double v) { return std::fabs(v); }},
        {.id = FunctionId::ceil, .math = [](double v) { return std::ceil(v); }},
        {.id = FunctionId::floor, .math = [](double v) { return std::floor(v); }},
        {.id = FunctionId::exp, .math = [](double v) { return std::exp(v); }},
        {.id = FunctionId::sqrt, .math = [](double v) { return std::sqrt(v); }},
        {.id = FunctionId::ln, .math = [](double v) { return std::log(v); }},
        {.id = FunctionId::log2, .math = [](double v) { return std::log2(v); }},
        {.id = FunctionId::log10, .math = [](double v) { return std::log10(v); }},
        {.id = FunctionId::sgn, .math = sign},
        {.id = FunctionId::sin, .math = [](double v) { return std::sin(v); }},
        {.id = FunctionId::cos, .math = [](double v) { return std::cos(v); }},
        {.id = FunctionId::tan, .math = [](double v) { return std::tan(v); }},
        {.id = FunctionId::asin, .math = [](double v) { return std::asin(v); }},
        {.id = FunctionId::acos, .math = [](double v) { return std::acos(v); }},
        {.id = FunctionId::atan, .math = [](double v) { return std::atan(v); }},
        {.id = FunctionId::sinh, .math = [](double v) { return std::sinh(v); }},
        {.id = FunctionId::cosh, .math = [](double v) { return std::cosh(v); }},
        {.id = FunctionId::tanh, .math = [](double v) { return std::tanh(v); }},
        {.id = FunctionId::asinh, .math = [](double v) { return std::asinh(v); }},
        {.id = FunctionId::acosh, .math = [](double v) { return std::acosh(v); }},
        {.id = FunctionId::atanh, .math = [](double v) { return std::atanh(v); }},
        {.id = FunctionId::deg, .math = degrees},
        {.id = FunctionId::rad, .math = radians},
        {.id = FunctionId::clamp, .vector = clamp},
        {.id = FunctionId::clamp_min, .vector = clamp_one<false>},
        {.id = FunctionId::clamp_max, .vector = clamp_one<true>},
        {.id = FunctionId::round, .vector = promql::round},
        {.id = FunctionId::pi, .scalar = pi},
        {.id = FunctionId::max_of, .scalar = extreme_of<true>},
        {.id = FunctionId::min_of, .scalar = extreme_of<false>},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
