#include "api/prometheus/selected_rows.h"

namespace belfry::api {

Result<SelectedRows> SelectedRows::select(const query::MetricSource& source,
                                          std::string_view tenant,
                                          const std::vector<model::Matchers>& selectors,
                                          model::TimeRange range,
                                          query::Budget& budget) {
    SelectedRows out;
    for (const model::Matchers& matchers : selectors) {
        auto set = TRY(source.select(tenant, matchers, range, budget));
        const auto series = set->series();
        TRY(budget.charge_memory(series.size() * sizeof(Row)));
        for (size_t i = 0; i < series.size(); ++i) {
            out.rows_.push_back({.name = series[i].labels.metric_name(),
                                 .labels = series[i].labels,
                                 .set = static_cast<uint32_t>(out.sets_.size()),
                                 .index = static_cast<uint32_t>(i)});
        }
        out.sets_.push_back(std::move(set));
    }
    // the rows of one set are in the order of their labels already
    std::stable_sort(out.rows_.begin(), out.rows_.end(), [&](const Row& a, const Row& b) {
        if (a.name != b.name) return a.name < b.name;
        return out.sets_.size() > 1 && model::compare(a.labels, b.labels) < 0;
    });
    const auto same = [](const Row& a, const Row& b) { return a.labels == b.labels; };
    out.rows_.erase(std::unique(out.rows_.begin(), out.rows_.end(), same), out.rows_.end());
    return out;
}

}  // namespace belfry::api
