#include "query/promql/fn_rate_histogram.h"

namespace belfry::promql {

using model::Histogram;

void slide_mixed(const RangeCall& call, const RangeSeries& series, int64_t before_ms, int64_t after_ms,
                 const std::function<void(size_t i, std::span<const MixedSample>)>& f) {
    std::vector<MixedSample> all;
    std::vector<int64_t> times;
    size_t k = 0;
    size_t h = 0;
    while (k < series.times.size() || h < series.histogram_times.size()) {
        const bool is_float = h == series.histogram_times.size() || (k < series.times.size() && series.times[k] < series.histogram_times[h]);
        if (is_float) all.push_back({series.times[k], series.values[k], nullptr, nullptr, series.starts.empty() ? 0 : series.starts[k]});
        else all.push_back({series.histogram_times[h], 0, series.histograms[h].get(), nullptr,
                            series.histogram_starts.empty() ? 0 : series.histogram_starts[h]});
        times.push_back(all.back().time_ms);
        (is_float ? k : h)++;
    }
    for (size_t i = 0; i < call.grid.count; i++) {
        const int64_t end = call.window_end_ms(i);
        const auto from = std::upper_bound(times.begin(), times.end(), end - call.range_ms - before_ms) - times.begin();
        const auto to = std::upper_bound(times.begin(), times.end(), end + after_ms) - times.begin();
        if (from < to) f(i, std::span(all).subspan(static_cast<size_t>(from), static_cast<size_t>(to - from)));
    }
}

bool is_reset_between(const MixedSample& before, const MixedSample& now) {
    return starts_anew(before.times(), now.times()) || is_histogram_reset(*before.histogram, *now.histogram);
}

void warn_starts_overlap(const RangeCall& call) {
    const std::string_view name = call.labels.metric_name();
    call.reader.annotations.warn("sample has start time that overlaps with previous sample timestamp" +
                                     (name.empty() ? std::string() : fmt::format(" for metric \"{}\"", name)),
                                 call.at);
}
void warn_mixed_kinds(const RangeCall& call) {
    call.reader.annotations.warn("encountered a mix of histograms and floats" + for_metric(call.labels.metric_name()), call.at);
}
void warn_mixed_schemas(const RangeCall& call) {
    call.reader.annotations.warn(
        "vector contains a mix of histograms with exponential and custom buckets schemas" + for_metric(call.labels.metric_name()), call.at);
}
void warn_not_counter(const RangeCall& call) {
    call.reader.annotations.warn(fmt::format("this native histogram metric is not a counter: \"{}\"", call.labels.metric_name()), call.at);
}
void warn_not_gauge(const RangeCall& call) {
    call.reader.annotations.warn(fmt::format("this native histogram metric is not a gauge: \"{}\"", call.labels.metric_name()), call.at);
}
void note_reconciled(const RangeCall& call, std::string_view during) {
    call.reader.annotations.info(fmt::format("mismatched custom buckets were reconciled during {}", during), call.at);
}

HistogramPtr histogram_growth(const RangeCall& call, std::span<const MixedSample> samples, bool counter, bool from_zero) {
    const auto gauge = [](const MixedSample& s) { return s.histogram->reset_hint == Histogram::ResetHint::gauge; };
    const Histogram& last = *samples.back().histogram;
    Histogram nothing;  // what the first sample becomes when a reset follows it
    const Histogram* first = samples[0].histogram;
    if (counter && (gauge(samples.front()) || gauge(samples.back()))) warn_not_counter(call);
    if (counter && samples.size() > 1 && is_reset_between(samples[0], samples[1])) {
        nothing.schema = samples[1].histogram->schema;
        nothing.custom_bounds = samples[1].histogram->custom_bounds;
        nothing.zero_threshold = samples[1].histogram->zero_threshold;
        first = &nothing;
    }
    if (has_custom_bounds(last) != has_custom_bounds(*first)) {
        warn_mixed_schemas(call);
        return nullptr;
    }
    for (size_t k = 1; counter && k + 1 < samples.size(); k++) {
        if (gauge(samples[k])) warn_not_counter(call);
        if (has_custom_bounds(*samples[k].histogram) == has_custom_bounds(*first)) continue;
        warn_mixed_schemas(call);
        return nullptr;
    }
    HistogramBuilder builder(last);
    if (samples.size() > 1) (void)builder.add(*first, -1);
    if (from_zero && samples.size() > 1) (void)builder.add(*samples[0].histogram);
    if (builder.notes().reconciled) note_reconciled(call, "subtraction");
    if (counter) {
        const Histogram* before = first;
        for (size_t k = 1; k < samples.size(); k++) {
            const Histogram* now = samples[k].histogram;
            if (starts_anew(samples[k - 1].times(), samples[k].times()) || is_histogram_reset(*before, *now)) (void)builder.add(*before);
            before = now;
        }
    } else if (!gauge(samples.front()) || !gauge(samples.back())) {
        warn_not_gauge(call);
    }
    builder.set_hint(Histogram::ResetHint::gauge);
    return builder.build();
}

HistogramPtr edged_growth(const RangeCall& call, std::span<const MixedSample> samples, std::span<const MixedSample> edged,
                          bool counter) {
    const auto gauge = [](const MixedSample& s) { return s.histogram->reset_hint == Histogram::ResetHint::gauge; };
    for (const MixedSample& s : samples) {
        if (counter && gauge(s)) warn_not_counter(call);
        if (has_custom_bounds(*s.histogram) == has_custom_bounds(*samples[0].histogram)) continue;
        warn_mixed_schemas(call);
        return nullptr;
    }
    if (!counter && (!gauge(samples.front()) || !gauge(samples.back()))) warn_not_gauge(call);
    HistogramBuilder builder(*edged.back().histogram);
    (void)builder.add(*edged.front().histogram, -1);
    if (builder.notes().reconciled) note_reconciled(call, "subtraction");
    const bool interpolated_left = edged.front().owner != nullptr;
    for (size_t k = interpolated_left ? 2 : 1; counter && k < samples.size(); k++)
        if (is_histogram_reset(*samples[k - 1].histogram, *samples[k].histogram)) (void)builder.add(*samples[k - 1].histogram);
    builder.set_hint(Histogram::ResetHint::gauge);
    return builder.build();
}

}  // namespace belfry::promql
