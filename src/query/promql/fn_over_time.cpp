#include "query/promql/eval_histogram.h"
#include "query/promql/fn.h"
#include "query/promql/quantile.h"
#include "query/promql/value_sum.h"

namespace belfry::promql {
namespace {

// Sums of whole blocks are shared by overlapping windows; below two blocks a window is summed directly.
constexpr size_t BLOCK = 32;

// Are windows long and close enough that neighbours share most of their samples?
bool overlapping(const RangeCall& call, const RangeSeries& series) {
    return call.grid.count > 3 && call.range_ms >= 4 * call.grid.step_ms && series.values.size() >= 4 * BLOCK;
}

// Calls `f(i, from, to, sum)` for every non-empty window.
template <typename F>
void slide_sums(const RangeCall& call, const RangeSeries& series, F&& f) {
    const double* values = series.values.data();
    if (!overlapping(call, series)) {
        slide(call, series.times, [&](size_t i, size_t from, size_t to) {
            if (from < to) f(i, from, to, sum_of(values + from, to - from));
        });
        return;
    }
    const size_t blocks = series.values.size() / BLOCK;
    std::vector<double>& sums = call.reader.work;
    std::vector<double>& lost = call.reader.work2;
    sums.resize(blocks);
    lost.resize(blocks);
    for (size_t b = 0; b < blocks; b++) {
        const CompensatedSum sum = sum_of(values + b * BLOCK, BLOCK);
        sums[b] = sum.sum;
        lost[b] = sum.lost;
    }
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        const size_t first = (from + BLOCK - 1) / BLOCK;
        const size_t last = to / BLOCK;  // whole blocks [first, last)
        if (first + 1 >= last) {
            f(i, from, to, sum_of(values + from, to - from));
            return;
        }
        CompensatedSum sum = sum_of(values + from, first * BLOCK - from);
        for (size_t b = first; b < last; b++) sum.add(CompensatedSum{sums[b], lost[b]});
        sum.add(sum_of(values + last * BLOCK, to - last * BLOCK));
        if (!std::isfinite(sum.sum)) sum = sum_of(values + from, to - from);  // its order matters then
        f(i, from, to, sum);
    });
}

// The extreme of every window; `better(a, b)`: a replaces b. NaN counts only when nothing else is there.
// `f(i, index)`: the sample that won (the first NaN when all are).
template <typename Better, typename F>
void slide_extremes(const RangeCall& call, const RangeSeries& series, Better better, F&& f) {
    const double* values = series.values.data();
    if (!overlapping(call, series)) {
        slide(call, series.times, [&](size_t i, size_t from, size_t to) {
            if (from == to) return;
            size_t best = from;
            for (size_t k = from + 1; k < to; k++)
                if (better(values[k], values[best]) || std::isnan(values[best])) best = k;
            f(i, best);
        });
        return;
    }
    // A queue of candidates, best first: each sample enters and leaves once.
    std::vector<size_t>& queue = call.reader.indexes;
    queue.resize(series.values.size());
    size_t head = 0;
    size_t tail = 0;
    size_t entered = 0;
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        for (; entered < to; entered++) {
            if (std::isnan(values[entered])) continue;
            while (tail > head && better(values[entered], values[queue[tail - 1]])) tail--;
            queue[tail++] = entered;
        }
        while (head < tail && queue[head] < from) head++;
        if (from == to) return;
        f(i, head < tail ? queue[head] : to - 1);
    });
}

// The extreme of [from, to), not empty: without branches and in lanes, as a comparison a sample would be mispredicted often.
template <typename Better>
double extreme_of(const double* values, size_t from, size_t to, Better better) {
    while (from + 1 < to && std::isnan(values[from])) from++;
    constexpr size_t LANES = 4;
    double best[LANES] = {values[from], values[from], values[from], values[from]};
    size_t k = from + 1;
    for (; k + LANES <= to; k += LANES)
        for (size_t lane = 0; lane < LANES; lane++) best[lane] = better(values[k + lane], best[lane]) ? values[k + lane] : best[lane];
    for (; k < to; k++) best[0] = better(values[k], best[0]) ? values[k] : best[0];
    for (size_t lane = 1; lane < LANES; lane++) best[0] = better(best[lane], best[0]) ? best[lane] : best[0];
    return best[0];
}

template <typename Better>
void extreme_over_time(const RangeCall& call, const RangeSeries& series, Cells out, Better better) {
    note_ignored_histograms(call, series);
    if (overlapping(call, series)) {
        slide_extremes(call, series, better, [&](size_t i, size_t best) { out.values[i] = series.values[best]; });
        return;
    }
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from < to) out.values[i] = extreme_of(series.values.data(), from, to, better);
    });
}

// Floats beside histograms: summing them makes no sense, the window gives nothing.
bool mixed_window(const RangeCall& call, const RangeSeries& series, size_t i) {
    if (series.histograms.empty() || series.values.empty()) return false;
    const int64_t end = call.window_end_ms(i);
    const int64_t start = end - call.range_ms;
    const auto holds = [&](std::span<const int64_t> times) {
        const auto at = std::upper_bound(times.begin(), times.end(), start);
        return at != times.end() && *at <= end;
    };
    if (!holds(series.times) || !holds(series.histogram_times)) return false;
    call.reader.annotations.warn("encountered a mix of histograms and floats" + for_metric(call.labels.metric_name()), call.at);
    return true;
}

// Windows of histograms alone.
template <auto COMBINE>
void combine_histograms(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide(call, series.histogram_times, [&](size_t i, size_t from, size_t to) {
        if (from == to || !is_absent(out.values[i]) || mixed_window(call, series, i)) return;
        HistogramNotes notes;
        HistogramPtr result = COMBINE(series.histograms.subspan(from, to - from), notes);
        if (notes.incompatible) {
            call.reader.annotations.warn("vector contains a mix of histograms with exponential and custom buckets schemas" +
                                             for_metric(call.labels.metric_name()),
                                         call.at);
        }
        if (notes.reconciled) call.reader.annotations.info("mismatched custom buckets were reconciled during aggregation", call.at);
        if (notes.collision) call.reader.annotations.warn("conflicting counter resets during histogram aggregation", call.at);
        if (result) out.set(i, std::move(result));
    });
}

void sum_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide_sums(call, series, [&](size_t i, size_t, size_t, const CompensatedSum& sum) {
        if (!mixed_window(call, series, i)) out.values[i] = sum.value();
    });
    if (!series.histograms.empty()) combine_histograms<sum_of_histograms>(call, series, out);
}

void avg_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide_sums(call, series, [&](size_t i, size_t from, size_t to, const CompensatedSum& sum) {
        if (!mixed_window(call, series, i)) out.values[i] = mean_of(sum, series.values.data() + from, to - from);
    });
    if (!series.histograms.empty()) combine_histograms<mean_of_histograms>(call, series, out);
}

void count_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from < to) out.values[i] = static_cast<double>(to - from);
    });
    if (series.histograms.empty()) return;
    slide(call, series.histogram_times, [&](size_t i, size_t from, size_t to) {
        if (from < to) out.values[i] = static_cast<double>(to - from) + (is_absent(out.values[i]) ? 0 : out.values[i]);
    });
}

void present_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    count_over_time(call, series, out);
    for (size_t i = 0; i < out.count; i++)
        if (!is_absent(out.values[i])) out.values[i] = 1;
}

constexpr auto greater = [](double a, double b) { return a > b; };
constexpr auto less = [](double a, double b) { return a < b; };
constexpr auto not_less = [](double a, double b) { return a >= b; };
constexpr auto not_greater = [](double a, double b) { return a <= b; };

void max_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    extreme_over_time(call, series, out, greater);
}

void min_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    extreme_over_time(call, series, out, less);
}

// The newest of equal extremes.
void ts_of_max_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    slide_extremes(call, series, not_less,
                   [&](size_t i, size_t best) { out.values[i] = static_cast<double>(series.times[best]) / 1000; });
}

void ts_of_min_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    slide_extremes(call, series, not_greater,
                   [&](size_t i, size_t best) { out.values[i] = static_cast<double>(series.times[best]) / 1000; });
}

enum class Which { first, last };

// Calls `f(i, time, float index or npos, histogram index)` for the first or last sample of every window, of either kind.
template <Which WHICH, typename F>
void slide_edges(const RangeCall& call, const RangeSeries& series, F&& f) {
    constexpr size_t NONE = ~size_t{0};
    std::vector<size_t>& at_float = call.reader.indexes;
    at_float.assign(call.grid.count, NONE);
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from < to) at_float[i] = WHICH == Which::first ? from : to - 1;
    });
    slide(call, series.histogram_times, [&](size_t i, size_t from, size_t to) {
        const size_t at_histogram = from == to ? NONE : WHICH == Which::first ? from : to - 1;
        const size_t own = at_float[i];
        if (own == NONE && at_histogram == NONE) return;
        bool use_float = at_histogram == NONE;
        if (own != NONE && at_histogram != NONE) {
            const int64_t a = series.times[own];
            const int64_t b = series.histogram_times[at_histogram];
            use_float = WHICH == Which::first ? a < b : a > b;
        }
        f(i, use_float ? own : at_histogram, use_float);
    });
}

template <Which WHICH>
void edge_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide_edges<WHICH>(call, series, [&](size_t i, size_t at, bool is_float) {
        if (is_float) out.values[i] = series.values[at];
        else out.set(i, series.histograms[at]);
    });
}

template <Which WHICH>
void ts_of_edge_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide_edges<WHICH>(call, series, [&](size_t i, size_t at, bool is_float) {
        out.values[i] = static_cast<double>(is_float ? series.times[at] : series.histogram_times[at]) / 1000;
    });
}

// Welford's running variance with compensated mean and square sum.
double variance(const double* values, size_t count) {
    CompensatedSum mean;
    CompensatedSum squares;
    for (size_t k = 0; k < count; k++) {
        const double delta = values[k] - (mean.sum + mean.lost);
        mean.add(delta / static_cast<double>(k + 1));
        squares.add(delta * (values[k] - (mean.sum + mean.lost)));
    }
    return (squares.sum + squares.lost) / static_cast<double>(count);
}

template <bool ROOT>
void variance_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        const double result = variance(series.values.data() + from, to - from);
        out.values[i] = ROOT ? std::sqrt(result) : result;
    });
}

void quantile_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    std::vector<double>& work = call.reader.work;
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        work.assign(series.values.begin() + static_cast<std::ptrdiff_t>(from), series.values.begin() + static_cast<std::ptrdiff_t>(to));
        out.values[i] = quantile(call.params[0][i], work);
    });
}

void mad_over_time(const RangeCall& call, const RangeSeries& series, Cells out) {
    note_ignored_histograms(call, series);
    std::vector<double>& work = call.reader.work;
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        work.assign(series.values.begin() + static_cast<std::ptrdiff_t>(from), series.values.begin() + static_cast<std::ptrdiff_t>(to));
        if (std::any_of(work.begin(), work.end(), [](double v) { return std::isnan(v); })) {
            out.values[i] = std::numeric_limits<double>::quiet_NaN();
            return;
        }
        const double median = quantile(0.5, work);
        for (double& value : work) value = std::fabs(value - median);
        out.values[i] = quantile(0.5, work);
    });
}

}  // namespace

void note_ignored_histograms(const RangeCall& call, const RangeSeries& series) {
    if (series.histograms.empty() || series.values.empty()) return;
    std::vector<size_t>& with_histogram = call.reader.indexes;
    with_histogram.assign(call.grid.count, 0);
    slide(call, series.histogram_times, [&](size_t i, size_t from, size_t to) { with_histogram[i] = to - from; });
    bool found = false;
    slide(call, series.times, [&](size_t i, size_t from, size_t to) { found = found || (from < to && with_histogram[i] > 0); });
    if (found)
        call.reader.annotations.info("ignored histograms in a range containing both floats and histograms" +
                                         for_metric(call.labels.metric_name()),
                                     call.at);
}

std::span<const Binding> over_time_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::sum_over_time, .range = promql::sum_over_time},
        {.id = FunctionId::avg_over_time, .range = promql::avg_over_time},
        {.id = FunctionId::count_over_time, .range = promql::count_over_time},
        {.id = FunctionId::present_over_time, .range = promql::present_over_time},
        {.id = FunctionId::max_over_time, .range = promql::max_over_time},
        {.id = FunctionId::min_over_time, .range = promql::min_over_time},
        {.id = FunctionId::ts_of_max_over_time, .range = promql::ts_of_max_over_time},
        {.id = FunctionId::ts_of_min_over_time, .range = promql::ts_of_min_over_time},
        {.id = FunctionId::first_over_time, .range = edge_over_time<Which::first>, .keeps_name = true},
        {.id = FunctionId::last_over_time, .range = edge_over_time<Which::last>, .keeps_name = true},
        {.id = FunctionId::ts_of_first_over_time, .range = ts_of_edge_over_time<Which::first>},
        {.id = FunctionId::ts_of_last_over_time, .range = ts_of_edge_over_time<Which::last>},
        {.id = FunctionId::stddev_over_time, .range = variance_over_time<true>},
        {.id = FunctionId::stdvar_over_time, .range = variance_over_time<false>},
        {.id = FunctionId::quantile_over_time, .range = promql::quantile_over_time},
        {.id = FunctionId::mad_over_time, .range = promql::mad_over_time},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
