#include "support/memory_source.h"

#include <set>

namespace belfry::test {
namespace {

bool matches(model::LabelsView labels, const model::Matchers& matchers) {
    return std::all_of(matchers.begin(), matchers.end(),
                       [&](const model::Matcher& m) { return m.matches(labels.get(m.name())); });
}

class MemorySet : public query::SeriesSet {
  public:
    void add(model::LabelsView labels, const model::SampleColumns& samples) {
        series_.push_back({labels, static_cast<uint32_t>(series_.size())});
        samples_.push_back(&samples);
    }
    [[nodiscard]] std::span<const query::SelectedSeries> series() const override { return series_; }
    [[nodiscard]] Status read(size_t i, model::TimeRange range, model::SampleColumns& out, query::Budget& budget) const override {
        const model::SampleColumns& all = *samples_[i];
        const auto from = std::lower_bound(all.times_ms.begin(), all.times_ms.end(), range.from_ms);
        const auto to = std::lower_bound(from, all.times_ms.end(), range.to_ms);
        const auto a = from - all.times_ms.begin();
        const auto b = to - all.times_ms.begin();
        out.times_ms.assign(from, to);
        out.values.assign(all.values.begin() + a, all.values.begin() + b);
        out.histograms.clear();
        out.start_times_ms.clear();
        if (!all.start_times_ms.empty()) out.start_times_ms.assign(all.start_times_ms.begin() + a, all.start_times_ms.begin() + b);
        if (!all.histograms.empty()) out.histograms.assign(all.histograms.begin() + a, all.histograms.begin() + b);
        return budget.charge_samples(static_cast<uint64_t>(b - a));
    }

  private:
    std::vector<query::SelectedSeries> series_;
    std::vector<const model::SampleColumns*> samples_;
};

}  // namespace

void MemorySource::put(const model::Labels& labels, int64_t time_ms, double value,
                       std::shared_ptr<const model::Histogram> histogram) {
    model::SampleColumns& s = series_[labels];
    const auto at = std::lower_bound(s.times_ms.begin(), s.times_ms.end(), time_ms) - s.times_ms.begin();
    const bool there = static_cast<size_t>(at) < s.size() && s.times_ms[static_cast<size_t>(at)] == time_ms;
    if (histogram && s.histograms.empty()) s.histograms.resize(s.size());
    if (!there) {
        s.times_ms.insert(s.times_ms.begin() + at, time_ms);
        s.values.insert(s.values.begin() + at, 0);
        if (histogram || !s.histograms.empty()) s.histograms.insert(s.histograms.begin() + at, nullptr);
        if (!s.start_times_ms.empty()) s.start_times_ms.insert(s.start_times_ms.begin() + at, 0);
    }
    s.values[static_cast<size_t>(at)] = value;
    if (!s.histograms.empty()) s.histograms[static_cast<size_t>(at)] = std::move(histogram);
}

void MemorySource::add(const model::Labels& labels, int64_t time_ms, double value) { put(labels, time_ms, value, nullptr); }

void MemorySource::add(const model::Labels& labels, int64_t time_ms, std::shared_ptr<const model::Histogram> histogram) {
    put(labels, time_ms, 0, std::move(histogram));
}

void MemorySource::set_start(const model::Labels& labels, int64_t time_ms, int64_t start_ms) {
    model::SampleColumns& s = series_.at(labels);
    const auto at = std::lower_bound(s.times_ms.begin(), s.times_ms.end(), time_ms) - s.times_ms.begin();
    s.start_times_ms.resize(s.size());
    s.start_times_ms.at(static_cast<size_t>(at)) = start_ms;
}

void MemorySource::add(const model::Labels& labels, model::SampleColumns samples) { series_[labels] = std::move(samples); }

Result<std::unique_ptr<query::SeriesSet>> MemorySource::select(std::string_view, const model::Matchers& matchers,
                                                               model::TimeRange range, query::Budget& budget) const {
    auto set = std::make_unique<MemorySet>();
    uint64_t count = 0;
    for (const auto& [labels, samples] : series_) {
        if (!matches(labels, matchers)) continue;
        const auto from = std::lower_bound(samples.times_ms.begin(), samples.times_ms.end(), range.from_ms);
        if (from == samples.times_ms.end() || *from >= range.to_ms) continue;
        set->add(labels, samples);
        count++;
    }
    TRY(budget.charge_series(count));
    return std::unique_ptr<query::SeriesSet>(std::move(set));
}

Result<std::vector<model::Labels>> MemorySource::series(std::string_view, const query::LabelQuery& query, query::Budget&) const {
    std::vector<model::Labels> out;
    for (const auto& [labels, samples] : series_) {
        const auto from = std::lower_bound(samples.times_ms.begin(), samples.times_ms.end(), query.range.from_ms);
        if (from == samples.times_ms.end() || *from >= query.range.to_ms) continue;
        const model::LabelsView view = labels;
        if (!query.selectors.empty() && std::none_of(query.selectors.begin(), query.selectors.end(),
                                                     [&](const model::Matchers& m) { return matches(view, m); }))
            continue;
        out.push_back(labels);
        if (query.limit != 0 && out.size() == query.limit) break;
    }
    return out;
}

Result<std::vector<std::string>> MemorySource::label_names(std::string_view tenant, const query::LabelQuery& query,
                                                           query::Budget& budget) const {
    std::set<std::string> names;
    for (const model::Labels& labels : TRY(series(tenant, query, budget)))
        for (const model::Label& label : labels.view()) names.emplace(label.name);
    return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> MemorySource::label_values(std::string_view tenant, std::string_view name,
                                                            const query::LabelQuery& query, query::Budget& budget) const {
    std::set<std::string> values;
    for (const model::Labels& labels : TRY(series(tenant, query, budget)))
        if (const std::string_view value = labels.get(name); !value.empty()) values.emplace(value);
    return std::vector<std::string>(values.begin(), values.end());
}

}  // namespace belfry::test
