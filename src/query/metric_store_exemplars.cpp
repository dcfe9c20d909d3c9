#include "query/metric_store_exemplars.h"

namespace belfry::query {

Result<std::vector<SeriesExemplars>> MetricStoreExemplars::query(std::string_view tenant,
                                                                 const model::Matchers& matchers,
                                                                 model::TimeRange range,
                                                                 Budget& budget) const {
    TRY(budget.check());
    catch_up_();
    auto found = TRY(store_.exemplars(tenant, matchers, range, budget.limits().series_max));
    TRY(budget.charge_series(found.size()));
    std::vector<SeriesExemplars> out;
    out.reserve(found.size());
    for (store::SeriesExemplars& series : found) {
        TRY(budget.charge_samples(series.exemplars.size()));
        out.push_back({std::move(series.series), std::move(series.exemplars)});
    }
    return out;
}

}  // namespace belfry::query
