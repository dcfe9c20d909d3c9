#include "query/promql/fn.h"
#include "query/promql/value_sum.h"

namespace belfry::promql {
namespace {

struct Line {
    double slope = 0;      // per second
    double intercept = 0;  // value at the reference time
};

// Least squares through the samples [from, to), times relative to `zero_ms`.
Line fit(const RangeSeries& series, size_t from, size_t to, int64_t zero_ms) {
    const double first = series.values[from];
    bool constant = true;
    CompensatedSum x;
    CompensatedSum y;
    CompensatedSum xy;
    CompensatedSum xx;
    for (size_t k = from; k < to; k++) {
        const double v = series.values[k];
        const double t = static_cast<double>(series.times[k] - zero_ms) / 1000;
        constant = constant && v == first;
        x.add(t);
        y.add(v);
        xy.add(t * v);
        xx.add(t * t);
    }
    if (constant) {
        if (std::isinf(first)) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
        return {0, first};
    }
    const auto n = static_cast<double>(to - from);
    const double sum_x = x.sum + x.lost;
    const double sum_y = y.sum + y.lost;
    const double covariance = (xy.sum + xy.lost) - sum_x * sum_y / n;
    const double variance = (xx.sum + xx.lost) - sum_x * sum_x / n;
    const double slope = covariance / variance;
    return {slope, sum_y / n - slope * sum_x / n};
}

void deriv(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        // Relative to the first sample, so that large epoch times do not cost precision.
        if (to - from >= 2) out.values[i] = fit(series, from, to, series.times[from]).slope;
    });
}

void predict_linear(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (to - from < 2) return;
        const Line line = fit(series, from, to, call.grid.at(i));
        out.values[i] = line.slope * call.params[0][i] + line.intercept;
    });
}

// Holt's linear method: a level smoothed with `smoothing`, a trend smoothed with `trend_smoothing`.
void double_exponential_smoothing(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    const double* values = series.values.data();
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (to - from < 2) return;
        const double smoothing = call.params[0][i];
        const double trend_smoothing = call.params[1][i];
        double before = 0;  // the level one sample earlier
        double level = values[from];
        double trend = values[from + 1] - values[from];
        for (size_t k = from + 1; k < to; k++) {
            if (k > from + 1) trend = trend_smoothing * (level - before) + (1 - trend_smoothing) * trend;
            before = level;
            level = smoothing * values[k] + (1 - smoothing) * (level + trend);
        }
        out.values[i] = level;
    });
}

}  // namespace

std::span<const Binding> trend_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::deriv, .range = promql::deriv},
        {.id = FunctionId::predict_linear, .range = promql::predict_linear},
        {.id = FunctionId::double_exponential_smoothing, .range = promql::double_exponential_smoothing},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
