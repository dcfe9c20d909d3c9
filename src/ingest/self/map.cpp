#include "ingest/self/map.h"

namespace belfry::ingest::self {
namespace {

model::MetricType type_of(CounterKind kind) {
    switch (kind) {
        case CounterKind::counter: return model::MetricType::counter;
        case CounterKind::gauge: return model::MetricType::gauge;
        case CounterKind::timing: return model::MetricType::histogram;
    }
    return model::MetricType::unknown;
}

}  // namespace

void map_counters(const std::vector<CounterSample>& counters,
                  std::string_view instance,
                  int64_t time_ms,
                  bool with_metadata,
                  std::deque<std::string>& wires,
                  WireBatch& batch) {
    batch.clear();
    wires.clear();
    batch.decoder = &canonical_label_decoder();
    const auto add = [&](std::vector<model::Label> labels, double value) {
        labels.push_back({"job", "belfry"});
        labels.push_back({"instance", instance});
        batch.add_series(wires.emplace_back(model::Labels::from(std::move(labels)).bytes()));
        batch.add_sample(time_ms, value);
    };
    add({{model::METRIC_NAME, "up"}}, 1);
    std::string_view family;
    for (const CounterSample& c : counters) {
        std::vector<model::Label> labels{{model::METRIC_NAME, c.name}};
        for (const auto& [name, value] : c.labels)
            labels.push_back({name, value});
        add(std::move(labels), c.value);
        if (!with_metadata || c.family == family) continue;
        family = c.family;
        batch.metadata.push_back({.tenant = "", .name = c.family, .type = type_of(c.kind), .unit = "", .help = c.help});
    }
}

}  // namespace belfry::ingest::self
