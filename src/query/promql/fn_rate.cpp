#include "query/promql/fn.h"

namespace belfry::promql {
namespace {

// A window's edge is taken as covered when the next sample would be due at most 10 % later than usual.
constexpr double GAP_TOLERANCE = 1.1;

enum class Kind { rate, increase, delta };

double seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

void note_if_not_counter(const RangeCall& call, const Cells& out) {
    const std::string_view name = call.labels.metric_name();
    if (name.empty()) return;
    for (const std::string_view suffix : {"_total", "_sum", "_count", "_bucket"})
        if (name.ends_with(suffix)) return;
    if (std::all_of(out.values, out.values + out.count, is_absent)) return;
    call.reader.annotations.info(
        fmt::format("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{}\"", name), call.at);
}

// The difference over the samples, stretched to the window's edges where the series seems to go on.
template <Kind KIND>
double extrapolate(const RangeCall& call, const RangeSeries& series, size_t i, size_t from, size_t to, double difference) {
    const int64_t window_end = call.window_end_ms(i);
    const double sampled = seconds(series.times[to - 1] - series.times[from]);
    const double interval = sampled / static_cast<double>(to - from - 1);
    double to_start = seconds(series.times[from] - (window_end - call.range_ms));
    double to_end = seconds(window_end - series.times[to - 1]);
    const double threshold = interval * GAP_TOLERANCE;
    if (to_start >= threshold) to_start = interval / 2;
    if (KIND != Kind::delta && difference > 0 && series.values[from] >= 0) {
        // A counter never was below zero: do not reach back past the time it would have been zero.
        const double to_zero = sampled * (series.values[from] / difference);
        to_start = std::min(to_start, to_zero);
    }
    if (to_end >= threshold) to_end = interval / 2;
    double factor = (sampled + to_start + to_end) / sampled;
    if (KIND == Kind::rate) factor /= seconds(call.range_ms);
    return difference * factor;
}

// Indexes whose value is below the one before.
void find_resets(std::span<const double> values, std::vector<size_t>& resets) {
    resets.clear();
    for (size_t k = 1; k < values.size(); k++)
        if (values[k] < values[k - 1]) resets.push_back(k);
}

template <Kind KIND>
void plain_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    const double* values = series.values.data();
    std::vector<size_t>& resets = call.reader.indexes;
    if (KIND != Kind::delta) find_resets(series.values, resets);
    size_t next_reset = 0;  // first reset that can lie inside the current or a later window
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (to - from < 2) return;
        double difference = values[to - 1] - values[from];
        if (KIND != Kind::delta) {
            while (next_reset < resets.size() && resets[next_reset] <= from) next_reset++;
            for (size_t r = next_reset; r < resets.size() && resets[r] < to; r++) difference += values[resets[r] - 1];
        }
        out.values[i] = extrapolate<KIND>(call, series, i, from, to, difference);
    });
}

// Between two neighbours, at time t; across a counter reset the counter starts at zero.
double between(const RangeSeries& series, size_t at, int64_t t, bool counter) {
    double before = series.values[at];
    const double after = series.values[at + 1];
    if (counter && after < before) before = 0;
    const double share = seconds(t - series.times[at]) / seconds(series.times[at + 1] - series.times[at]);
    return before + (after - before) * share;
}

// Anchored: from the last sample at or before the window's start to the last one inside. Smoothed: between the
// interpolated values at both edges. Neither extrapolates.
template <Kind KIND>
void edged_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    constexpr bool COUNTER = KIND != Kind::delta;
    const bool smoothed = call.edges == RangeEdges::smoothed;
    const std::span<const int64_t> times = series.times;
    const double* values = series.values.data();
    for (size_t i = 0; i < call.grid.count; i++) {
        const int64_t end = call.window_end_ms(i);
        const int64_t start = end - call.range_ms;
        // What this window may look at: a lookback before its start, and when smoothed one after its end.
        const auto low = std::upper_bound(times.begin(), times.end(), start - call.lookback_ms);
        const auto high = std::upper_bound(low, times.end(), smoothed ? end + call.lookback_ms : end);
        if (low == high) continue;
        const auto begin = static_cast<size_t>(low - times.begin());
        const auto after_all = static_cast<size_t>(high - times.begin());
        auto first = static_cast<size_t>(std::upper_bound(low, high, start) - times.begin());
        if (first > begin) first--;  // the last one at or before the start
        size_t last = after_all - 1;
        if (smoothed) last = std::min(last, static_cast<size_t>(std::lower_bound(low, high, end) - times.begin()));
        if (times[last] <= start || times[first] > end) continue;
        double left = values[first];
        double right = values[last];
        if (smoothed && times[first] < start && first + 1 < after_all) left = between(series, first, start, COUNTER);
        if (smoothed && times[last] > end && last > begin) right = between(series, last - 1, end, COUNTER);
        double difference = right - left;
        if (COUNTER) {
            double previous = left;
            for (size_t k = first; k <= last; k++) {
                if (times[k] <= start || times[k] >= end) continue;
                if (values[k] < previous) difference += previous;
                previous = values[k];
            }
            if (right < previous) difference += previous;
        }
        out.values[i] = KIND == Kind::rate ? difference / seconds(call.range_ms) : difference;
    }
}

template <Kind KIND>
void rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    if (call.edges == RangeEdges::plain) plain_rate<KIND>(call, series, out);
    else edged_rate<KIND>(call, series, out);
    if (KIND != Kind::delta) note_if_not_counter(call, out);
}

template <bool RATE>
void instant_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (to - from < 2) return;
        const double newest = series.values[to - 1];
        const double before = series.values[to - 2];
        double difference = newest - before;
        if (RATE && newest < before) difference = newest;  // a reset: it grew from zero
        if (RATE) difference /= seconds(series.times[to - 1] - series.times[to - 2]);
        out.values[i] = difference;
    });
}

bool is_change(double before, double after) { return before != after && !(std::isnan(before) && std::isnan(after)); }
bool is_reset(double before, double after) { return after < before; }

// How many neighbours inside the window differ in the given sense; anchored windows start at the sample before.
template <bool (*DIFFERS)(double, double)>
void count_pairs(const RangeCall& call, const RangeSeries& series, Cells out) {
    std::vector<size_t>& before = call.reader.indexes;  // before[k]: pairs that end at or before sample k
    before.resize(series.values.size());
    size_t pairs = 0;
    for (size_t k = 0; k < series.values.size(); k++) {
        if (k > 0 && DIFFERS(series.values[k - 1], series.values[k])) pairs++;
        before[k] = pairs;
    }
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        if (call.edges == RangeEdges::anchored && from > 0 &&
            series.times[from - 1] > call.window_start_ms(i) - call.lookback_ms)
            from--;
        out.values[i] = static_cast<double>(before[to - 1] - before[from]);
    });
}

}  // namespace

std::span<const Binding> rate_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::rate, .range = promql::rate<Kind::rate>},
        {.id = FunctionId::increase, .range = promql::rate<Kind::increase>},
        {.id = FunctionId::delta, .range = promql::rate<Kind::delta>},
        {.id = FunctionId::irate, .range = instant_rate<true>},
        {.id = FunctionId::idelta, .range = instant_rate<false>},
        {.id = FunctionId::changes, .range = count_pairs<is_change>},
        {.id = FunctionId::resets, .range = count_pairs<is_reset>},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
