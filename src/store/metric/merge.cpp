#include "store/metric/merge.h"

namespace belfry::store {
namespace {

/// One optional column of two layers: empty when neither has it.
template <typename T>
class SideMerge {
  public:
    SideMerge(std::vector<T>& out, size_t out_size, std::vector<T>& newer, size_t newer_size)
        : out_(out), newer_(newer) {
        if (out.empty() && newer.empty()) return;
        out.resize(out_size);
        newer.resize(newer_size);
        merged_.reserve(out_size + newer_size);
        used_ = true;
    }
    void take_out(size_t i) {
        if (used_) merged_.push_back(std::move(out_[i]));
    }
    void take_newer(size_t j) {
        if (used_) merged_.push_back(std::move(newer_[j]));
    }
    [[nodiscard]] std::vector<T> done() { return std::move(merged_); }

  private:
    std::vector<T>& out_;
    std::vector<T>& newer_;
    std::vector<T> merged_;
    bool used_ = false;
};

template <typename T>
void cut(std::vector<T>& column, ptrdiff_t low, ptrdiff_t high) {
    if (column.empty()) return;
    column.erase(column.begin() + high, column.end());
    column.erase(column.begin(), column.begin() + low);
}

template <typename T>
void append(std::vector<T>& out, size_t out_size, std::vector<T>& newer, size_t newer_size) {
    if (out.empty() && newer.empty()) return;
    out.resize(out_size);
    newer.resize(newer_size);
    out.insert(out.end(), std::make_move_iterator(newer.begin()), std::make_move_iterator(newer.end()));
}

template <typename T>
void remove_rows(std::vector<T>& column, ptrdiff_t low, ptrdiff_t high) {
    if (!column.empty()) column.erase(column.begin() + low, column.begin() + high);
}

}  // namespace

void fit_side(model::SampleColumns& columns) {
    if (!columns.histograms.empty()) columns.histograms.resize(columns.size());
    if (!columns.start_times_ms.empty()) columns.start_times_ms.resize(columns.size());
}

void overlay(model::SampleColumns& out, model::SampleColumns& newer) {
    if (newer.empty()) return;
    if (out.empty()) {
        std::swap(out, newer);
        return;
    }
    if (newer.times_ms.front() > out.times_ms.back()) {
        append(out.histograms, out.size(), newer.histograms, newer.size());
        append(out.start_times_ms, out.size(), newer.start_times_ms, newer.size());
        out.times_ms.insert(out.times_ms.end(), newer.times_ms.begin(), newer.times_ms.end());
        out.values.insert(out.values.end(), newer.values.begin(), newer.values.end());
        return;
    }
    model::SampleColumns merged;
    merged.times_ms.reserve(out.size() + newer.size());
    merged.values.reserve(out.size() + newer.size());
    SideMerge histograms(out.histograms, out.size(), newer.histograms, newer.size());
    SideMerge starts(out.start_times_ms, out.size(), newer.start_times_ms, newer.size());
    size_t i = 0;
    size_t j = 0;
    while (i < out.size() || j < newer.size()) {
        const bool from_newer = i == out.size() || (j < newer.size() && newer.times_ms[j] <= out.times_ms[i]);
        if (from_newer) {
            if (i < out.size() && out.times_ms[i] == newer.times_ms[j]) i++;
            merged.times_ms.push_back(newer.times_ms[j]);
            histograms.take_newer(j);
            starts.take_newer(j);
            merged.values.push_back(newer.values[j++]);
        } else {
            merged.times_ms.push_back(out.times_ms[i]);
            histograms.take_out(i);
            starts.take_out(i);
            merged.values.push_back(out.values[i++]);
        }
    }
    merged.histograms = histograms.done();
    merged.start_times_ms = starts.done();
    out = std::move(merged);
}

void trim(model::SampleColumns& columns, model::TimeRange range) {
    auto& times = columns.times_ms;
    if (times.empty() || (times.front() >= range.from_ms && times.back() < range.to_ms)) return;
    const auto low = std::lower_bound(times.begin(), times.end(), range.from_ms) - times.begin();
    const auto high = std::max(std::lower_bound(times.begin(), times.end(), range.to_ms) - times.begin(), low);
    cut(times, low, high);
    cut(columns.values, low, high);
    cut(columns.histograms, low, high);
    cut(columns.start_times_ms, low, high);
}

void cut(model::SampleColumns& columns, model::TimeRange range) {
    const auto& times = columns.times_ms;
    if (times.empty() || times.front() >= range.to_ms || times.back() < range.from_ms) return;
    const auto low = std::lower_bound(times.begin(), times.end(), range.from_ms) - times.begin();
    const auto high = std::lower_bound(times.begin(), times.end(), range.to_ms) - times.begin();
    remove_rows(columns.times_ms, low, high);
    remove_rows(columns.values, low, high);
    remove_rows(columns.histograms, low, high);
    remove_rows(columns.start_times_ms, low, high);
}

}  // namespace belfry::store
