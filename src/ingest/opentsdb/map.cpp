#include "ingest/opentsdb/map.h"

namespace belfry::ingest::opentsdb {

void PointMapper::map(const JsonView& document, WireBatch& batch) {
    batch.decoder = &canonical_label_decoder();
    labels_.clear();
    bad_ = {};
    if (!document.is_array()) {
        add(document, batch);
    } else {
        for (size_t i = 0; i < document.size(); i++)
            add(document.at(i), batch);
    }
    for (size_t i = 0; i < labels_.size(); i++)
        batch.series[i].wire = labels_[i].bytes();
}

void PointMapper::add(const JsonView& point, WireBatch& batch) {
    Result<Point> read = decode_point(point);
    if (!read.ok()) {
        if (bad_.count++ < BadPoints::KEPT_MAX) bad_.first.push_back({point.dump(), read.error().message});
        return;
    }
    labels_.push_back(std::move(read->labels));
    batch.add_series({});  // its bytes are set when labels_ no longer grows
    batch.add_sample(read->sample.time_ms, read->sample.value);
}

}  // namespace belfry::ingest::opentsdb
