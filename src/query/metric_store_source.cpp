#include "query/metric_store_source.h"

#include "store/metric/metric_store.h"

namespace belfry::query {
namespace {

/// A histogram counts as the floats it takes the place of in memory.
uint64_t samples_charged(const model::SampleColumns& samples) {
    uint64_t count = samples.size();
    for (const auto& histogram : samples.histograms)
        if (histogram) count += histogram->memory_bytes() / sizeof(model::Sample);
    return count;
}

class StoreSeriesSet final : public SeriesSet {
  public:
    explicit StoreSeriesSet(std::unique_ptr<store::MetricSelection> selection) : selection_(std::move(selection)) {
        const auto labels = selection_->series();
        series_.reserve(labels.size());
        for (size_t i = 0; i < labels.size(); i++) series_.push_back({labels[i], static_cast<uint32_t>(i)});
    }
    std::span<const SelectedSeries> series() const override { return series_; }
    Status read(size_t i, model::TimeRange range, model::SampleColumns& out, Budget& budget) const override {
        store::ReadCounts counts;
        TRY(selection_->read(i, range, out, counts));
        budget.count_bytes_read(counts.bytes);
        return budget.charge_samples(samples_charged(out));
    }

    Status read_newest(size_t i, model::TimeRange range, bool with_value, model::SampleColumns& out, Budget& budget) const override {
        store::ReadCounts counts;
        TRY(selection_->read_newest(i, range, with_value, out, counts));
        budget.count_bytes_read(counts.bytes);
        return budget.charge_samples(samples_charged(out));
    }

    Result<bool> read_records(size_t i, model::TimeRange range, model::SampleRecords& out, Budget& budget) const override {
        store::ReadCounts counts;
        if (!TRY(selection_->read_records(i, range, out, counts))) return false;
        budget.count_bytes_read(counts.bytes);
        TRY(budget.charge_samples(out.size()));
        return true;
    }

    model::CoarseSamples coarse(size_t i) const override { return selection_->coarse(i); }

  private:
    std::unique_ptr<store::MetricSelection> selection_;
    std::vector<SelectedSeries> series_;
};

store::MetricScope scope_of(std::string_view tenant, const LabelQuery& query, const Budget& budget) {
    return {.tenant = tenant,
            .range = query.range,
            .selectors = query.selectors,
            .limit = query.limit,
            .series_max = budget.limits().series_max};
}

}  // namespace

Result<std::unique_ptr<SeriesSet>> MetricStoreSource::select(std::string_view tenant, const model::Matchers& matchers,
                                                             model::TimeRange range, Budget& budget) const {
    return select_for(tenant, matchers, range, {}, budget);
}

Result<std::unique_ptr<SeriesSet>> MetricStoreSource::select_for(std::string_view tenant, const model::Matchers& matchers,
                                                                 model::TimeRange range, const model::SelectHints& hints,
                                                                 Budget& budget) const {
    TRY(budget.check());
    auto selection = TRY(store_.select(tenant, matchers, range, budget.limits().series_max));
    selection->set_hints(hints);
    TRY(budget.charge_series(selection->series().size()));
    TRY(budget.charge_memory(selection->memory_bytes()));
    return std::unique_ptr<SeriesSet>(std::make_unique<StoreSeriesSet>(std::move(selection)));
}

Result<std::vector<std::string>> MetricStoreSource::label_names(std::string_view tenant, const LabelQuery& query,
                                                                Budget& budget) const {
    TRY(budget.check());
    return store_.label_names(scope_of(tenant, query, budget));
}

Result<std::vector<std::string>> MetricStoreSource::label_values(std::string_view tenant, std::string_view name,
                                                                 const LabelQuery& query, Budget& budget) const {
    TRY(budget.check());
    return store_.label_values(scope_of(tenant, query, budget), name);
}

Result<std::vector<model::Labels>> MetricStoreSource::series(std::string_view tenant, const LabelQuery& query,
                                                             Budget& budget) const {
    TRY(budget.check());
    auto found = TRY(store_.series(scope_of(tenant, query, budget)));
    TRY(budget.charge_series(found.size()));
    return found;
}

}  // namespace belfry::query
