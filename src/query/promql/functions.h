#pragma once

#include "query/promql/value_type.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace belfry::promql {

/// Every function of the language, in the order of the table (by name).
enum class FunctionId : uint8_t {
    abs,
    absent,
    absent_over_time,
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atanh,
    avg_over_time,
    ceil,
    changes,
    clamp,
    clamp_max,
    clamp_min,
    cos,
    cosh,
    count_over_time,
    day_of_month,
    day_of_week,
    day_of_year,
    days_in_month,
    deg,
    delta,
    deriv,
    double_exponential_smoothing,
    end,
    exp,
    first_over_time,
    floor,
    histogram_avg,
    histogram_count,
    histogram_fraction,
    histogram_quantile,
    histogram_quantiles,
    histogram_stddev,
    histogram_stdvar,
    histogram_sum,
    hour,
    idelta,
    increase,
    info,
    irate,
    label_join,
    label_replace,
    last_over_time,
    ln,
    log10,
    log2,
    mad_over_time,
    max_of,
    max_over_time,
    min_of,
    min_over_time,
    minute,
    month,
    pi,
    predict_linear,
    present_over_time,
    quantile_over_time,
    rad,
    range,
    rate,
    resets,
    round,
    scalar,
    sgn,
    sin,
    sinh,
    sort,
    sort_by_label,
    sort_by_label_desc,
    sort_desc,
    sqrt,
    start,
    start_timestamp,
    stddev_over_time,
    stdvar_over_time,
    step,
    sum_over_time,
    tan,
    tanh,
    time,
    timestamp,
    ts_of_first_over_time,
    ts_of_last_over_time,
    ts_of_max_over_time,
    ts_of_min_over_time,
    vector,
    year,
};
inline constexpr size_t FUNCTION_COUNT = static_cast<size_t>(FunctionId::year) + 1;

/// The signature of a function: what the parser checks, and what completion and documentation show. The engine binds
/// an implementation to each id.
struct Function {
    static constexpr size_t ARGS_MAX = 5;

    FunctionId id;
    std::string_view name;
    std::array<ValueType, ARGS_MAX> args;  // the last one repeats when variadic
    uint8_t arg_count;                     // of `args`
    /// 0: exactly `arg_count` arguments. n > 0: from arg_count - 1 to arg_count - 1 + n. -1: arg_count - 1 or more.
    int8_t variadic;
    ValueType result;
    bool experimental;      // experimental upstream; on in Belfry
    std::string_view help;  // one sentence

    [[nodiscard]] std::span<const ValueType> arg_types() const { return {args.data(), arg_count}; }
};

/// All functions by name.
[[nodiscard]] std::span<const Function> functions();
/// The function of that name (as written: lower case), or null.
[[nodiscard]] const Function* find_function(std::string_view name);
[[nodiscard]] inline const Function& function(FunctionId id) {
    return functions()[static_cast<size_t>(id)];
}

}  // namespace belfry::promql
