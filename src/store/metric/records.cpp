#include "store/metric/records.h"

namespace belfry::store {
namespace {

int64_t floor_multiple(int64_t a, int64_t b) {
    const int64_t rest = a % b;
    return a - (rest < 0 ? rest + b : rest);
}

void take_extremes(model::SampleRecord& into, const model::SampleRecord& other) {
    if (std::isnan(into.min) || other.min < into.min) into.min = other.min;
    if (std::isnan(into.max) || other.max > into.max) into.max = other.max;
}

}  // namespace

int64_t record_end_ms(int64_t time_ms, int64_t span_ms) {
    const int64_t below = floor_multiple(time_ms, span_ms);
    return below == time_ms ? time_ms : below + span_ms;
}

void add_sample_record(int64_t time_ms, double value, model::SampleRecords& out) {
    if (model::is_stale(value)) return;
    out.push_back({.end_ms = time_ms,
                   .count = 1,
                   .sum = value,
                   .min = value,
                   .max = value,
                   .first = value,
                   .last = value,
                   .first_ms = time_ms,
                   .last_ms = time_ms});
}

void absorb(model::SampleRecord& into, const model::SampleRecord& other) {
    const int64_t gone_ms = std::max(into.gone_ms, other.gone_ms);
    if (into.count == 0) {
        const int64_t end_ms = into.end_ms;
        const int64_t span_ms = into.span_ms;
        into = other;
        into.end_ms = end_ms;
        into.span_ms = span_ms;
    } else if (other.count > 0) {
        into.lost += other.lost;
        if (other.first_ms > into.last_ms && other.first < into.last) into.lost += into.last;
        if (into.first_ms > other.last_ms && into.first < other.last) into.lost += other.last;
        into.count += other.count;
        into.sum += other.sum;
        take_extremes(into, other);
        if (other.first_ms < into.first_ms) {
            into.first_ms = other.first_ms;
            into.first = other.first;
        }
        if (other.last_ms >= into.last_ms) {
            into.last_ms = other.last_ms;
            into.last = other.last;
        }
    }
    into.gone_ms = into.count > 0 && gone_ms <= into.last_ms ? 0 : gone_ms;
}

void make_records(const model::SampleColumns& samples, int64_t span_ms, model::SampleRecords& out) {
    int64_t end_ms = std::numeric_limits<int64_t>::min();
    for (size_t i = 0; i < samples.size(); i++) {
        const int64_t t = samples.times_ms[i];
        const double v = samples.values[i];
        if (t > end_ms || out.empty()) {
            end_ms = record_end_ms(t, span_ms);
            out.push_back({.end_ms = end_ms, .span_ms = span_ms});
        }
        model::SampleRecord& r = out.back();
        if (model::is_stale(v)) {
            r.gone_ms = t;
            continue;
        }
        r.gone_ms = 0;
        if (r.count == 0) {
            r.first = r.min = r.max = v;
            r.first_ms = t;
        } else {
            const int64_t start_ms = samples.start_times_ms.empty() ? 0 : samples.start_times_ms[i];
            const bool started_anew = start_ms > r.last_ms && start_ms <= t;
            if (v < r.last || started_anew) r.lost += r.last;
            if (std::isnan(r.min) || v < r.min) r.min = v;
            if (std::isnan(r.max) || v > r.max) r.max = v;
        }
        r.count += 1;
        r.sum += v;
        r.last = v;
        r.last_ms = t;
    }
}

void coarsen(model::SampleRecords& records, int64_t span_ms) {
    size_t kept = 0;
    for (const model::SampleRecord& r : records) {
        const int64_t end_ms = record_end_ms(r.end_ms, span_ms);
        if (kept == 0 || records[kept - 1].end_ms != end_ms || records[kept - 1].span_ms != span_ms) {
            model::SampleRecord first{.end_ms = end_ms, .span_ms = span_ms};
            absorb(first, r);
            records[kept++] = first;
        } else {
            absorb(records[kept - 1], r);
        }
    }
    records.resize(kept);
}

void absorb_samples(model::SampleRecords& records, int64_t span_ms, const model::SampleColumns& samples) {
    if (samples.empty()) return;
    model::SampleRecords later;
    make_records(samples, span_ms, later);
    model::SampleRecords out;
    size_t i = 0;
    for (const model::SampleRecord& r : later) {
        while (i < records.size() && records[i].end_ms < r.end_ms)
            out.push_back(records[i++]);
        if (i < records.size() && records[i].end_ms == r.end_ms)
            absorb(records[i], r);
        else
            out.push_back(r);
    }
    out.insert(out.end(), records.begin() + static_cast<ptrdiff_t>(i), records.end());
    records = std::move(out);
}

void append_last_samples(const model::SampleRecords& records, model::SampleColumns& out) {
    for (const model::SampleRecord& r : records) {
        if (r.count > 0 && (out.empty() || out.times_ms.back() < r.last_ms)) {
            out.times_ms.push_back(r.last_ms);
            out.values.push_back(r.last);
        }
        if (r.gone_ms != 0 && (out.empty() || out.times_ms.back() < r.gone_ms)) {
            out.times_ms.push_back(r.gone_ms);
            out.values.push_back(model::stale_nan());
        }
    }
}

}  // namespace belfry::store
