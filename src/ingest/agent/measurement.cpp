#include "ingest/agent/measurement.h"

#include "base/json.h"
#include "base/utf8.h"

namespace belfry::ingest::agent {

std::string value_meta(const Measurement& measurement) {
    if (measurement.error.empty()) return "";
    std::string_view error = measurement.error;
    if (error.size() > ERROR_BYTES_MAX) {
        error = error.substr(0, ERROR_BYTES_MAX);
        error = error.substr(0, utf8_prefix(error));
    }
    JsonWriter json;
    json.begin_object().field("error", error).end_object();
    return json.take();
}

void to_batch(const Measurements& measurements, WireBatch& batch, std::deque<std::string>& storage) {
    batch.clear();
    batch.decoder = &canonical_label_decoder();
    for (const Measurement& m : measurements) {
        std::vector<model::Label> labels = {{model::METRIC_NAME, m.name}};
        for (const auto& [name, value] : m.dimensions)
            labels.push_back({name, value});
        batch.add_series(storage.emplace_back(model::Labels::from(std::move(labels)).bytes()));
        batch.add_sample(m.time_ms, m.value);
        const std::string meta = value_meta(m);
        if (!meta.empty()) batch.add_exemplar({m.time_ms, m.value, model::Labels::from({{"value_meta", meta}})});
    }
}

}  // namespace belfry::ingest::agent
