#include "ingest/scrape/target_labels.h"

#include "codec/exposition.h"

#include <atomic>

namespace belfry::ingest::scrape {
namespace {

// Ids of other protocols are small numbers.
uint32_t next_protocol_id() {
    static std::atomic<uint32_t> next{1U << 16};
    return next.fetch_add(1, std::memory_order_relaxed);
}

// A bucket's bound and a quantile are floats, "1" and "1.0" the same: written as Prometheus 3 stores them, so that a
// target that changes its form of exposition keeps its series.
void write_bounds_as_floats(model::LabelsBuilder& labels) {
    const std::string_view name = labels.get(model::METRIC_NAME);
    const char* label = name.ends_with("_bucket") ? "le" : "quantile";
    const std::string value(labels.get(label));
    if (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos) labels.set(label, value + ".0");
}

}  // namespace

TargetLabels::TargetLabels(std::shared_ptr<const JobConfig> job, model::Labels labels)
    : job_(std::move(job)), labels_(std::move(labels)), protocol_id_(next_protocol_id()) {}

Result<model::Labels> TargetLabels::labels_of(std::string_view wire) const {
    model::LabelsBuilder builder;
    if (wire.starts_with(REPORT)) {
        builder.set(model::METRIC_NAME, wire.substr(1));
        for (const model::Label& label : labels_.view())
            builder.set(label.name, label.value);
        return builder.build();
    }
    std::vector<model::Label> exposed;
    std::vector<std::string> arena;
    if (Status status = codec::decode_exposition_labels(wire, exposed, arena); !status)
        return std::move(status).error();
    for (const model::Label& label : exposed) {
        if (!builder.get(label.name).empty())
            return make_error(Code::invalid, "label {} stands twice in {}", label.name, wire.substr(0, 200));
        builder.set(label.name, label.value);
    }
    write_bounds_as_floats(builder);
    for (const model::Label& label : labels_.view()) {
        const std::string exposed_value(builder.get(label.name));
        if (job_->honor_labels) {
            if (exposed_value.empty()) builder.set(label.name, label.value);
            continue;
        }
        if (!exposed_value.empty()) {
            std::string kept = "exported_" + std::string(label.name);
            while (!builder.get(kept).empty() || !labels_.get(kept).empty())
                kept.insert(0, "exported_");
            builder.set(kept, exposed_value);
        }
        builder.set(label.name, label.value);
    }
    if (!model::relabel(job_->metric_relabel, builder)) return model::Labels();
    if (builder.get(model::METRIC_NAME).empty())
        return make_error(Code::invalid, "no metric name is left after relabelling of {}", wire.substr(0, 200));
    return builder.build();
}

Status TargetLabels::decode(std::string_view wire,
                            std::vector<model::Label>& labels,
                            std::vector<std::string>& arena) const {
    const model::Labels made = TRY(labels_of(wire));
    arena.reserve(arena.size() + 1);
    for (const model::Label& label : model::LabelsView(arena.emplace_back(made.bytes())))
        labels.push_back(label);
    return {};
}

}  // namespace belfry::ingest::scrape
