#include "forward/label_table.h"

#include "codec/prometheus_message.h"
#include "model/external_labels.h"

namespace belfry::forward {
namespace {

constexpr uint64_t PLACE_BYTES = 48;  // an entry of the map, about

}  // namespace

LabelTable::Place LabelTable::put(model::HeadId id, model::LabelsView labels) {
    if (bytes_.size() + places_.size() * PLACE_BYTES > bytes_max_) {
        places_.clear();
        bytes_.clear();
    }
    Place place;
    if (labels.tenant() == config_.tenant) {
        model::Labels out = model::with_external(labels, external_);
        bool wanted = true;
        if (!config_.relabel.empty()) {
            model::LabelsBuilder builder(out);
            wanted = model::relabel(config_.relabel, builder);
            if (wanted) out = builder.build();
        }
        if (wanted && !out.empty()) {
            place.begin = static_cast<uint32_t>(bytes_.size());
            codec::append_prometheus_labels(bytes_, 1, out);
            place.size = static_cast<uint32_t>(bytes_.size() - place.begin);
        }
    }
    return places_[id] = place;
}

void LabelTable::learn(const model::MetricBatch& batch) {
    for (const auto& series : batch.series)
        put(series.id, batch.labels(series));
}

LabelTable::Entry LabelTable::find(model::HeadId id, uint64_t offset) {
    const auto known = places_.find(id);
    if (known != places_.end()) return entry(known->second);
    std::string labels;
    const auto take = [&](size_t, std::string_view canonical) { labels = canonical; };
    names_.labels_of({&id, 1}, take);
    if (labels.empty()) {
        // logged by a record that went by here before the store took it, and pushed out of this table since
        names_.wait_applied(offset);
        names_.labels_of({&id, 1}, take);
    }
    if (labels.empty()) return {};
    return entry(put(id, model::LabelsView(labels)));
}

}  // namespace belfry::forward
