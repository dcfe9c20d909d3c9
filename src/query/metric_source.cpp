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

}  // namespace belfry::query
