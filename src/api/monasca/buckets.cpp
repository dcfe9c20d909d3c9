#include "api/monasca/buckets.h"

namespace belfry::api::monasca {
namespace {

int64_t floor_to(int64_t time_ms, int64_t period_ms) {
    const int64_t rest = time_ms % period_ms;
    return time_ms - rest - (rest < 0 ? period_ms : 0);
}

Bucket& bucket_at(Buckets& out, int64_t time_ms, int64_t period_ms) {
    if (out.empty() || time_ms >= out.back().start_ms + period_ms)
        out.push_back({.start_ms = floor_to(time_ms, period_ms)});
    return out.back();
}

Buckets merge_two(const Buckets& a, const Buckets& b) {
    Buckets out;
    out.reserve(std::max(a.size(), b.size()));
    size_t i = 0;
    size_t k = 0;
    while (i < a.size() || k < b.size()) {
        const bool from_a = k == b.size() || (i < a.size() && a[i].start_ms <= b[k].start_ms);
        const Bucket& next = from_a ? a[i++] : b[k++];
        if (!out.empty() && out.back().start_ms == next.start_ms)
            out.back().add(next);
        else
            out.push_back(next);
    }
    return out;
}

}  // namespace

Buckets buckets_of(const model::SampleColumns& samples, int64_t period_ms) {
    Buckets out;
    for (size_t i = 0; i < samples.size(); i++) {
        if (std::isnan(samples.values[i])) continue;  // stale markers are NaN, too
        if (!samples.histograms.empty() && samples.histograms[i] != nullptr) continue;
        bucket_at(out, samples.times_ms[i], period_ms).add(samples.values[i]);
    }
    return out;
}

Buckets buckets_of(const model::SampleRecords& records, int64_t period_ms) {
    Buckets out;
    for (const model::SampleRecord& record : records) {
        if (record.count == 0 || std::isnan(record.sum)) continue;
        const int64_t at_ms = record.span_ms > 0 ? record.end_ms - 1 : record.end_ms;
        bucket_at(out, at_ms, period_ms)
            .add(Bucket{.count = record.count, .sum = record.sum, .min = record.min, .max = record.max});
    }
    return out;
}

Buckets merge(std::vector<Buckets> parts) {
    if (parts.empty()) return {};
    // neighbours by twos, so that every bucket is moved log2 times
    for (size_t step = 1; step < parts.size(); step *= 2) {
        for (size_t i = 0; i + step < parts.size(); i += 2 * step)
            parts[i] = merge_two(parts[i], std::exchange(parts[i + step], {}));
    }
    return std::move(parts.front());
}

}  // namespace belfry::api::monasca
