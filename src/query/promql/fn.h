#pragma once

#include "query/promql/exec.h"
#include "query/promql/functions.h"

#include <span>

namespace belfry::promql {

/// A function over windows, as it runs for one series: see `slide`.
struct RangeCall {
    const Grid& grid;
    const ReferenceTime& reference;
    int64_t range_ms;
    std::span<const std::vector<double>> params;  // scalar arguments in order, a value a step
    Span at;                                      // of the range vector, for annotations
    model::LabelsView labels;
    RangeEdges edges;
    int64_t lookback_ms;
    Reader& reader;

    [[nodiscard]] int64_t window_end_ms(size_t i) const { return reference.of(grid.at(i)); }
    [[nodiscard]] int64_t window_start_ms(size_t i) const { return window_end_ms(i) - range_ms; }
};

/// Writes every cell of `out` (given all absent).
using RangeKernel = void (*)(const RangeCall& call, const RangeSeries& series, Cells out);
using MathFunction = double (*)(double);
using VectorFunction = Result<RowsPtr> (*)(Exec& exec, const Call& node, const Grid& grid);
using ScalarFunction = Result<std::vector<double>> (*)(Exec& exec, const Call& node, const Grid& grid);

/// The same over the records of a series, none of which is empty.
using RecordKernel = void (*)(const RangeCall& call, std::span<const model::SampleRecord> records, Cells out);
/// Null when the function cannot be answered from records.
[[nodiscard]] RecordKernel record_kernel(FunctionId id);
/// Says that an answer is coarser than asked for.
void note_resolution(Annotations& annotations, int64_t span_ms, model::LabelsView labels, Span at);

/// What runs a function of the table: exactly one of the pointers.
struct Binding {
    FunctionId id;
    MathFunction math = nullptr;
    RangeKernel range = nullptr;
    VectorFunction vector = nullptr;
    ScalarFunction scalar = nullptr;
    bool keeps_name = false;  // range: last_over_time, first_over_time
};

// One family a file.
[[nodiscard]] std::span<const Binding> math_functions();       // fn_math
[[nodiscard]] std::span<const Binding> time_functions();       // fn_time
[[nodiscard]] std::span<const Binding> over_time_functions();  // fn_over_time
[[nodiscard]] std::span<const Binding> rate_functions();       // fn_rate
[[nodiscard]] std::span<const Binding> trend_functions();      // fn_trend
[[nodiscard]] std::span<const Binding> label_functions();      // fn_label
[[nodiscard]] std::span<const Binding> vector_functions();     // fn_vector
[[nodiscard]] std::span<const Binding> histogram_functions();  // fn_histogram
[[nodiscard]] std::span<const Binding> info_functions();       // fn_info

/// The implementation, or null when a function of the table has none (a test forbids it).
[[nodiscard]] const Binding* find_binding(FunctionId id);

/// Calls `f(i, from, to)` for every step with the indexes [from, to) of the samples inside its window. Windows move
/// forward only, so all steps together cost one pass over the times.
template <typename F>
void slide(const RangeCall& call, std::span<const int64_t> times, F&& f) {
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; i < call.grid.count; i++) {
        const int64_t end = call.window_end_ms(i);
        const int64_t start = end - call.range_ms;
        while (to < times.size() && times[to] <= end) to++;
        while (from < to && times[from] <= start) from++;
        f(i, from, to);
    }
}

/// Warns of quantiles outside [0, 1].
void warn_bad_quantiles(Exec& exec, std::span<const double> quantiles, Span at);
/// Both factors of double_exponential_smoothing must be within [0, 1].
[[nodiscard]] Status check_smoothing_factors(std::span<const std::vector<double>> params);
/// A number in a message: shortest, with exponent where that is shorter.
[[nodiscard]] std::string format_g(double value);
/// The shortest digits without an exponent.
[[nodiscard]] std::string format_plain(double value);

/// For functions that take floats only: tells when a window also holds histograms (which are then ignored).
void note_ignored_histograms(const RangeCall& call, const RangeSeries& series);

}  // namespace belfry::promql
