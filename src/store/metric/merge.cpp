#include "store/metric/merge.h"

namespace belfry::store {

void overlay(model::SampleColumns& out, model::SampleColumns& newer) {
    if (newer.empty()) return;
    if (out.empty()) {
        std::swap(out, newer);
        return;
    }
    if (newer.times_ms.front() > out.times_ms.back()) {
        out.times_ms.insert(out.times_ms.end(), newer.times_ms.begin(), newer.times_ms.end());
        out.values.insert(out.values.end(), newer.values.begin(), newer.values.end());
        return;
    }
    model::SampleColumns merged;
    merged.times_ms.reserve(out.size() + newer.size());
    merged.values.reserve(out.size() + newer.size());
    size_t i = 0;
    size_t j = 0;
    while (i < out.size() || j < newer.size()) {
        const bool from_newer = i == out.size() || (j < newer.size() && newer.times_ms[j] <= out.times_ms[i]);
        if (from_newer) {
            if (i < out.size() && out.times_ms[i] == newer.times_ms[j]) i++;
            merged.times_ms.push_back(newer.times_ms[j]);
            merged.values.push_back(newer.values[j++]);
        } else {
            merged.times_ms.push_back(out.times_ms[i]);
            merged.values.push_back(out.values[i++]);
        }
    }
    out = std::move(merged);
}

void trim(model::SampleColumns& columns, model::TimeRange range) {
    auto& times = columns.times_ms;
    if (times.empty() || (times.front() >= range.from_ms && times.back() < range.to_ms)) return;
    const auto low = std::lower_bound(times.begin(), times.end(), range.from_ms) - times.begin();
    const auto high = std::max(std::lower_bound(times.begin(), times.end(), range.to_ms) - times.begin(), low);
    times.erase(times.begin() + high, times.end());
    times.erase(times.begin(), times.begin() + low);
    columns.values.erase(columns.values.begin() + high, columns.values.end());
    columns.values.erase(columns.values.begin(), columns.values.begin() + low);
}

}  // namespace belfry::store
