#include "ingest/monasca/map.h"

#include "base/json.h"

namespace belfry::ingest::monasca {

Result<bool> MetricMapper::fill(WireBatch& batch, size_t samples_max) {
    batch.clear();
    batch.decoder = &monasca_labels();
    wire_.clear();
    wire_ends_.clear();
    Metric metric;
    while (batch.samples.size() < samples_max && TRY(reader_.next(metric))) {
        wire_.append(metric.name).append(metric.dimensions);
        wire_ends_.push_back(wire_.size());
        batch.add_series({});  // its bytes are set when wire_ no longer grows
        batch.add_sample(metric.time_ms, metric.value);
        if (metric.value_meta.empty()) continue;
        const JsonView meta = TRY(JsonView::parse(metric.value_meta));
        batch.add_exemplar({metric.time_ms, metric.value, {{model::VALUE_META, meta.dump()}}});
    }
    size_t begin = 0;
    for (size_t i = 0; i < wire_ends_.size(); i++) {
        batch.series[i].wire = std::string_view(wire_).substr(begin, wire_ends_[i] - begin);
        begin = wire_ends_[i];
    }
    return !batch.samples.empty();
}

}  // namespace belfry::ingest::monasca
