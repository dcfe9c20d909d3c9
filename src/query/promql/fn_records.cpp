#include "base/number.h"
#include "query/promql/fn.h"
#include "query/promql/fn_rate.h"
#include "query/promql/value_sum.h"

// Range functions over records of down-sampled series (model/sample_record.h). Where windows begin and end as records
// do, the answer is that of the samples the records were made of. Otherwise a window takes in the whole records at its
// edges, sums and growth are scaled to its length, and an annotation says so.

namespace belfry::promql {
namespace {

using Records = std::span<const model::SampleRecord>;

// The records of a window, and the time they cover.
struct RecordWindow {
    Records records;
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    double share = 1;  // of the covered time that the window is
};

bool begins_before_end(const model::SampleRecord& r, int64_t end_ms) {
    return r.span_ms == 0 ? r.end_ms <= end_ms : r.end_ms - r.span_ms < end_ms;
}

/// Calls `f(i, window)` for every step whose window holds a record.
template <typename F>
void slide_records(const RangeCall& call, Records records, F&& f) {
    size_t from = 0;
    size_t to = 0;
    int64_t widened_by_ms = 0;
    for (size_t i = 0; i < call.grid.count; i++) {
        RecordWindow w{.records = {}, .start_ms = call.window_start_ms(i), .end_ms = call.window_end_ms(i)};
        while (to < records.size() && begins_before_end(records[to], w.end_ms))
            to++;
        while (from < to && records[from].end_ms <= w.start_ms)
            from++;
        if (from == to) continue;
        w.records = records.subspan(from, to - from);
        const model::SampleRecord& first = w.records.front();
        const model::SampleRecord& last = w.records.back();
        const int64_t start_ms = std::min(w.start_ms, first.end_ms - first.span_ms);
        const int64_t end_ms = std::max(w.end_ms, last.end_ms);
        if (first.span_ms != 0) w.start_ms = start_ms;
        if (last.span_ms != 0) w.end_ms = end_ms;
        const int64_t covered_ms = w.end_ms - w.start_ms;
        if (covered_ms > call.range_ms) {
            w.share = static_cast<double>(call.range_ms) / static_cast<double>(covered_ms);
            widened_by_ms = std::max({widened_by_ms, first.span_ms, last.span_ms});
        }
        f(i, w);
    }
    if (widened_by_ms > 0) note_resolution(call.reader.annotations, widened_by_ms, call.labels, call.at);
}

double count_of(Records records) {
    double count = 0;
    for (const model::SampleRecord& r : records)
        count += r.count;
    return count;
}

double sum_of(Records records) {
    CompensatedSum sum;
    for (const model::SampleRecord& r : records)
        sum.add(r.sum);
    return sum.value();
}

void sum_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow& w) { out.values[i] = sum_of(w.records) * w.share; });
}

void avg_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records,
                  [&](size_t i, const RecordWindow& w) { out.values[i] = sum_of(w.records) / count_of(w.records); });
}

void count_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records,
                  [&](size_t i, const RecordWindow& w) { out.values[i] = count_of(w.records) * w.share; });
}

void present_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow&) { out.values[i] = 1; });
}

void min_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow& w) {
        double best = w.records.front().min;
        for (const model::SampleRecord& r : w.records)
            if (r.min < best || std::isnan(best)) best = r.min;
        out.values[i] = best;
    });
}

void max_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow& w) {
        double best = w.records.front().max;
        for (const model::SampleRecord& r : w.records)
            if (r.max > best || std::isnan(best)) best = r.max;
        out.values[i] = best;
    });
}

void first_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow& w) { out.values[i] = w.records.front().first; });
}

void last_over_time(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow& w) { out.values[i] = w.records.back().last; });
}

// Resets inside records are in `lost`, those between two records show in their ends.
template <RateKind KIND>
void rate(const RangeCall& call, Records records, Cells out) {
    slide_records(call, records, [&](size_t i, const RecordWindow& w) {
        const model::SampleRecord& first = w.records.front();
        const model::SampleRecord& last = w.records.back();
        const double count = count_of(w.records);
        if (count < 2) return;
        double growth = last.last - first.first;
        if (KIND != RateKind::delta) {
            for (size_t k = 0; k < w.records.size(); k++) {
                growth += w.records[k].lost;
                if (k > 0 && w.records[k].first < w.records[k - 1].last) growth += w.records[k - 1].last;
            }
        }
        const double per = KIND == RateKind::rate ? 1 : w.share;
        out.values[i] = growth * per *
                        rate_stretch(KIND, w.start_ms, w.end_ms,
                                     {first.first_ms, last.last_ms, static_cast<size_t>(count), first.first, growth});
    });
    if (KIND != RateKind::delta) note_if_not_counter(call, out);
}

}  // namespace

void note_resolution(Annotations& annotations, int64_t span_ms, model::LabelsView labels, Span at) {
    annotations.info(fmt::format("older samples were down-sampled: the answer has a resolution of {}{}",
                                 format_duration_ms(span_ms), for_metric(labels.metric_name())),
                     at);
}

RecordKernel record_kernel(FunctionId id) {
    switch (id) {
        case FunctionId::sum_over_time: return sum_over_time;
        case FunctionId::avg_over_time: return avg_over_time;
        case FunctionId::count_over_time: return count_over_time;
        case FunctionId::present_over_time: return present_over_time;
        case FunctionId::min_over_time: return min_over_time;
        case FunctionId::max_over_time: return max_over_time;
        case FunctionId::first_over_time: return first_over_time;
        case FunctionId::last_over_time: return last_over_time;
        case FunctionId::rate: return rate<RateKind::rate>;
        case FunctionId::increase: return rate<RateKind::increase>;
        case FunctionId::delta: return rate<RateKind::delta>;
        default: return nullptr;
    }
}

}  // namespace belfry::promql
