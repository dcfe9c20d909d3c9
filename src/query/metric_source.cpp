#include "query/metric_source.h"

namespace belfry::query {

Status SeriesSet::read_newest(size_t i, model::TimeRange range, bool, model::SampleColumns& out, Budget& budget) const {
    TRY(read(i, range, out, budget));
    if (out.size() < 2) return {};
    out.times_ms = {out.times_ms.back()};
    out.values = {out.values.back()};
    if (!out.histograms.empty()) out.histograms = {out.histograms.back()};
    if (!out.start_times_ms.empty()) out.start_times_ms = {out.start_times_ms.back()};
    return {};
}

Result<bool> SeriesSet::read_records(size_t, model::TimeRange, model::SampleRecords&, Budget&) const { return false; }

Result<std::unique_ptr<SeriesSet>> MetricSource::select_for(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range,
                                                            const model::SelectHints&, Budget& budget) const {
    return select(tenant, matchers, range, budget);
}

}  // namespace belfry::query
