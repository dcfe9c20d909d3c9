#include "app/metric_admin.h"

namespace belfry::app {
namespace {

std::vector<api::NamedCount> named(const std::vector<store::CountByName>& counts) {
    std::vector<api::NamedCount> out;
    out.reserve(counts.size());
    for (const store::CountByName& c : counts)
        out.push_back({.name = c.name, .count = c.count});
    return out;
}

}  // namespace

api::TsdbStatus StoreMetricAdmin::tsdb_status(std::string_view tenant, size_t limit) const {
    const store::Cardinality c = store_.cardinality(tenant, limit);
    return {.series = c.series,
            .chunks = c.series,  // of the head: one growing chunk a series
            .label_pairs = c.label_pairs,
            .min_time_ms = c.min_time_ms,
            .max_time_ms = c.max_time_ms,
            .series_by_metric = named(c.series_by_metric),
            .values_by_label = named(c.values_by_label),
            .bytes_by_label = named(c.bytes_by_label),
            .series_by_pair = named(c.series_by_pair)};
}

std::vector<model::MetricMetadata> StoreMetricAdmin::metadata(std::string_view tenant,
                                                              std::string_view name,
                                                              size_t limit) const {
    return store_.metadata(tenant, name, limit);
}

api::MetricList StoreMetricAdmin::metrics(std::string_view tenant, std::string_view prefix, size_t limit) const {
    api::MetricList out;
    out.total_series = store_.cardinality(tenant, 1).series;
    for (store::MetricName& m : store_.metrics(tenant, prefix, limit)) {
        out.metrics.push_back({.name = std::move(m.name),
                               .type = m.type,
                               .unit = std::move(m.unit),
                               .help = std::move(m.help),
                               .series = m.series});
    }
    return out;
}

Status StoreMetricAdmin::compact() {
    catch_up_();
    return store_.compact();
}

}  // namespace belfry::app
