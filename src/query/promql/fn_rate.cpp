#include "query/promql/fn_rate.h"
#include "query/promql/fn_rate_histogram.h"

namespace belfry::promql {
namespace {

// A window's edge is taken as covered when the next sample would be due at most 10 % later than usual.
constexpr double GAP_TOLERANCE = 1.1;

using Kind = RateKind;

double seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

template <Kind KIND>
double stretch(const RangeCall& call, size_t i, const Sampled& s) {
    return rate_stretch(KIND, call.window_start_ms(i), call.window_end_ms(i), s);
}

SampleTimes times_of(const RangeSeries& series, size_t k) { return {series.times[k], series.starts.empty() ? 0 : series.starts[k]}; }

// Indexes whose value is below the one before, or whose counter started after it.
void find_resets(const RangeSeries& series, std::vector<size_t>& resets) {
    resets.clear();
    const std::span<const double> values = series.values;
    for (size_t k = 1; k < values.size(); k++) {
        if (values[k] < values[k - 1] || (!series.starts.empty() && starts_anew(times_of(series, k - 1), times_of(series, k))))
            resets.push_back(k);
    }
}

// Warns when inside any window of the call a sample counts from before the one before it.
void look_for_overlaps(const RangeCall& call, std::span<const int64_t> times, std::span<const int64_t> starts) {
    if (starts.empty()) return;
    std::vector<size_t> overlaps;
    for (size_t k = 1; k < times.size(); k++)
        if (starts_overlap({times[k - 1], starts[k - 1]}, {times[k], starts[k]})) overlaps.push_back(k);
    if (overlaps.empty()) return;
    bool seen = false;
    slide(call, times, [&](size_t, size_t from, size_t to) {
        const auto first = std::upper_bound(overlaps.begin(), overlaps.end(), from);
        seen = seen || (first != overlaps.end() && *first < to);
    });
    if (seen) warn_starts_overlap(call);
}

template <Kind KIND>
void plain_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    const double* values = series.values.data();
    std::vector<size_t>& resets = call.reader.indexes;
    if (KIND != Kind::delta) find_resets(series, resets);
    size_t next_reset = 0;  // first reset that can lie inside the current or a later window
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        const bool from_zero =
            KIND != Kind::delta && !series.starts.empty() && starts_inside(call.window_start_ms(i), times_of(series, from));
        if (to - from < 2 && !from_zero) return;
        double difference = values[to - 1] - values[from];
        if (from_zero) difference += values[from];
        if (KIND != Kind::delta) {
            while (next_reset < resets.size() && resets[next_reset] <= from) next_reset++;
            for (size_t r = next_reset; r < resets.size() && resets[r] < to; r++) difference += values[resets[r] - 1];
        }
        out.values[i] = difference * stretch<KIND>(call, i, {series.times[from], series.times[to - 1], to - from, values[from], difference,
                                                              from_zero ? series.starts[from] : 0});
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

enum class Holds { floats, histograms, both };

Holds kinds_of(std::span<const MixedSample> samples) {
    const auto is_histogram = [](const MixedSample& s) { return s.histogram != nullptr; };
    if (std::all_of(samples.begin(), samples.end(), is_histogram)) return Holds::histograms;
    return std::none_of(samples.begin(), samples.end(), is_histogram) ? Holds::floats : Holds::both;
}

// Histograms (or a mix, which gives nothing) in windows of a series that has some; windows of floats are done already.
template <Kind KIND>
void plain_histogram_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide_mixed(call, series, 0, 0, [&](size_t i, std::span<const MixedSample> samples) {
        const Holds holds = kinds_of(samples);
        if (holds == Holds::floats) return;
        out.values[i] = ABSENT;
        if (holds == Holds::both) {
            warn_mixed_kinds(call);
            return;
        }
        const bool from_zero = KIND != Kind::delta && starts_inside(call.window_start_ms(i), samples.front().times());
        if (samples.size() < 2 && !from_zero) return;
        const HistogramPtr growth = histogram_growth(call, samples, KIND != Kind::delta, from_zero);
        if (!growth) return;
        const double factor = stretch<KIND>(
            call, i, {samples.front().time_ms, samples.back().time_ms, samples.size(), samples.front().histogram->count, growth->count,
                      from_zero ? samples.front().start_ms : 0});
        out.set(i, scaled_histogram(*growth, factor));
    });
}

// The histogram between two neighbours at time t; null when they do not go together.
HistogramPtr histogram_at(const RangeCall& call, const MixedSample& before, const MixedSample& after, int64_t t, bool counter) {
    const double share = seconds(t - before.time_ms) / seconds(after.time_ms - before.time_ms);
    if (has_custom_bounds(*before.histogram) != has_custom_bounds(*after.histogram)) {
        warn_mixed_schemas(call);
        return nullptr;
    }
    if (counter && is_histogram_reset(*before.histogram, *after.histogram)) return scaled_histogram(*after.histogram, share);
    HistogramNotes notes;
    HistogramPtr out = histogram_between(*before.histogram, *after.histogram, share, notes);
    if (notes.reconciled) note_reconciled(call, "addition");
    return out;
}

template <Kind KIND>
void edged_histogram_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    constexpr bool COUNTER = KIND != Kind::delta;
    const bool smoothed = call.edges == RangeEdges::smoothed;
    slide_mixed(call, series, call.lookback_ms, smoothed ? call.lookback_ms : 0, [&](size_t i, std::span<const MixedSample> samples) {
        const int64_t end = call.window_end_ms(i);
        const int64_t start = end - call.range_ms;
        size_t first = 0;
        while (first + 1 < samples.size() && samples[first + 1].time_ms <= start) first++;
        size_t last = samples.size() - 1;
        if (smoothed)
            while (last > first && samples[last - 1].time_ms >= end) last--;
        const std::span<const MixedSample> used = samples.subspan(first, last - first + 1);
        const Holds holds = kinds_of(used);
        if (holds == Holds::floats) return;
        out.values[i] = ABSENT;
        if (used.back().time_ms <= start || used.front().time_ms > end) return;
        if (holds == Holds::both) {
            warn_mixed_kinds(call);
            return;
        }
        std::vector<MixedSample> points(used.begin(), used.end());
        if (smoothed && used.size() > 1 && used.front().time_ms < start) {
            points.front().owner = histogram_at(call, used[0], used[1], start, COUNTER);
            if (!points.front().owner) return;
            points.front().histogram = points.front().owner.get();
        }
        if (smoothed && used.size() > 1 && used.back().time_ms > end) {
            points.back().owner = histogram_at(call, used[used.size() - 2], used.back(), end, COUNTER);
            if (!points.back().owner) return;
            points.back().histogram = points.back().owner.get();
        }
        const HistogramPtr growth = edged_growth(call, used, points, COUNTER);
        if (growth) out.set(i, scaled_histogram(*growth, KIND == Kind::rate ? 1 / seconds(call.range_ms) : 1));
    });
}

template <Kind KIND>
void rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    const bool plain = call.edges == RangeEdges::plain;
    if (plain) plain_rate<KIND>(call, series, out);
    else edged_rate<KIND>(call, series, out);
    if (KIND != Kind::delta) {
        note_if_not_counter(call, out);
        look_for_overlaps(call, series.times, series.starts);
        look_for_overlaps(call, series.histogram_times, series.histogram_starts);
    }
    if (series.histograms.empty()) return;
    if (plain) plain_histogram_rate<KIND>(call, series, out);
    else edged_histogram_rate<KIND>(call, series, out);
}

// irate and idelta of the last two samples, one of them at least a histogram.
template <bool RATE>
void instant_histogram_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide_mixed(call, series, 0, 0, [&](size_t i, std::span<const MixedSample> samples) {
        out.values[i] = samples.back().histogram ? ABSENT : out.values[i];
        if (samples.size() < 2) return;
        const MixedSample& before = samples[samples.size() - 2];
        const MixedSample& now = samples.back();
        if (!before.histogram && !now.histogram) return;
        out.values[i] = ABSENT;
        if (!before.histogram || !now.histogram) {
            warn_mixed_kinds(call);
            return;
        }
        const auto gauge = [](const MixedSample& s) { return s.histogram->reset_hint == model::Histogram::ResetHint::gauge; };
        if (RATE && (gauge(before) || gauge(now))) warn_not_counter(call);
        if (!RATE && (!gauge(before) || !gauge(now))) warn_not_gauge(call);
        HistogramBuilder builder(*now.histogram);
        if (!RATE || !is_reset_between(before, now)) {
            if (!builder.add(*before.histogram, -1)) {
                warn_mixed_schemas(call);
                return;
            }
            if (builder.notes().reconciled) note_reconciled(call, "subtraction");
        }
        builder.set_hint(model::Histogram::ResetHint::gauge);
        if (RATE) builder.scale(1 / seconds(now.time_ms - before.time_ms));
        out.set(i, builder.build());
    });
}

template <bool RATE>
void instant_rate(const RangeCall& call, const RangeSeries& series, Cells out) {
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (to - from < 2) return;
        const double newest = series.values[to - 1];
        const double before = series.values[to - 2];
        double difference = newest - before;
        const bool anew = !series.starts.empty() && starts_anew(times_of(series, to - 2), times_of(series, to - 1));
        if (RATE && (newest < before || anew)) difference = newest;  // a reset: it grew from zero
        if (RATE) difference /= seconds(series.times[to - 1] - series.times[to - 2]);
        out.values[i] = difference;
    });
    if (!series.histograms.empty()) instant_histogram_rate<RATE>(call, series, out);
}

bool is_change(double before, double after) { return before != after && !(std::isnan(before) && std::isnan(after)); }
bool is_reset(double before, double after) { return after < before; }
bool is_histogram_change(const model::Histogram& before, const model::Histogram& after) { return !equal_histograms(before, after); }

using FloatsDiffer = bool (*)(double, double);
using HistogramsDiffer = bool (*)(const model::Histogram&, const model::Histogram&);

// How many neighbours inside the window differ in the given sense; anchored windows start at the sample before. STARTS: a
// counter that started anew differs, too.
template <FloatsDiffer DIFFERS, HistogramsDiffer HISTOGRAMS_DIFFER, bool STARTS>
void count_pairs(const RangeCall& call, const RangeSeries& series, Cells out) {
    const bool anchored = call.edges == RangeEdges::anchored;
    if (!series.histograms.empty()) {
        slide_mixed(call, series, anchored ? call.lookback_ms : 0, 0, [&](size_t i, std::span<const MixedSample> samples) {
            const int64_t start = call.window_start_ms(i);
            if (samples.back().time_ms <= start) return;
            size_t pairs = 0;
            for (size_t k = 1; k < samples.size(); k++) {
                const MixedSample& a = samples[k - 1];
                const MixedSample& b = samples[k];
                if (b.time_ms <= start) continue;  // a pair before the anchor
                if (!a.histogram != !b.histogram || (STARTS && starts_anew(a.times(), b.times()))) pairs++;
                else if (a.histogram) pairs += HISTOGRAMS_DIFFER(*a.histogram, *b.histogram) ? 1 : 0;
                else pairs += DIFFERS(a.value, b.value) ? 1 : 0;
            }
            out.values[i] = static_cast<double>(pairs);
        });
        return;
    }
    std::vector<size_t>& before = call.reader.indexes;  // before[k]: pairs that end at or before sample k
    before.resize(series.values.size());
    size_t pairs = 0;
    for (size_t k = 0; k < series.values.size(); k++) {
        const bool anew = STARTS && k > 0 && !series.starts.empty() && starts_anew(times_of(series, k - 1), times_of(series, k));
        if (anew || (k > 0 && DIFFERS(series.values[k - 1], series.values[k]))) pairs++;
        before[k] = pairs;
    }
    slide(call, series.times, [&](size_t i, size_t from, size_t to) {
        if (from == to) return;
        if (anchored && from > 0 && series.times[from - 1] > call.window_start_ms(i) - call.lookback_ms) from--;
        out.values[i] = static_cast<double>(before[to - 1] - before[from]);
    });
}

}  // namespace

void note_if_not_counter(const RangeCall& call, const Cells& out) {
    const std::string_view name = call.labels.metric_name();
    if (name.empty()) return;
    for (const std::string_view suffix : {"_total", "_sum", "_count", "_bucket"})
        if (name.ends_with(suffix)) return;
    if (std::all_of(out.values, out.values + out.count, is_absent)) return;
    call.reader.annotations.info(
        fmt::format("metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \"{}\"", name), call.at);
}

double rate_stretch(RateKind kind, int64_t window_start_ms, int64_t window_end_ms, const Sampled& s) {
    const double sampled = seconds(s.last_ms - (s.zero_ms != 0 ? s.zero_ms : s.first_ms));
    // A single sample that grew from a known zero says nothing about the next one: it is not stretched.
    const double interval = s.count > 1 ? seconds(s.last_ms - s.first_ms) / static_cast<double>(s.count - 1) : 0;
    double to_start = s.zero_ms != 0 ? 0 : seconds(s.first_ms - window_start_ms);
    double to_end = seconds(window_end_ms - s.last_ms);
    const double threshold = interval * GAP_TOLERANCE;
    if (to_start >= threshold) to_start = interval / 2;
    // A counter never was below zero: do not reach back past the time it would have been zero.
    if (kind != RateKind::delta && s.zero_ms == 0 && s.growth > 0 && s.begin >= 0) to_start = std::min(to_start, sampled * (s.begin / s.growth));
    if (to_end >= threshold) to_end = interval / 2;
    const double factor = (sampled + to_start + to_end) / sampled;
    return kind == RateKind::rate ? factor / seconds(window_end_ms - window_start_ms) : factor;
}

std::span<const Binding> rate_functions() {
    static const Binding BINDINGS[] = {
        {.id = FunctionId::rate, .range = promql::rate<Kind::rate>},
        {.id = FunctionId::increase, .range = promql::rate<Kind::increase>},
        {.id = FunctionId::delta, .range = promql::rate<Kind::delta>},
        {.id = FunctionId::irate, .range = instant_rate<true>},
        {.id = FunctionId::idelta, .range = instant_rate<false>},
        {.id = FunctionId::changes, .range = count_pairs<is_change, is_histogram_change, false>},
        {.id = FunctionId::resets, .range = count_pairs<is_reset, is_histogram_reset, true>},
    };
    return BINDINGS;
}

}  // namespace belfry::promql
