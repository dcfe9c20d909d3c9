#include "ingest/metric/label_check.h"

#include "base/bytes.h"
#include "base/utf8.h"

namespace belfry::ingest {

namespace {

/// For messages: what the sender wrote, cut, with bytes that are no text replaced.
std::string shown(std::string_view text) {
    constexpr size_t SHOWN_BYTES = 80;
    std::string out(text.substr(0, std::min(SHOWN_BYTES, text.size())));
    out.resize(utf8_prefix(out));
    return out.size() < text.size() ? out + "..." : out;
}

}  // namespace

std::optional<LabelRefusal> canonical_labels(std::vector<model::Label>& labels,
                                             std::string_view tenant,
                                             const MetricConfig& limits,
                                             std::string& canonical) {
    const auto refuse = [](Refusal reason, std::string message) { return LabelRefusal{reason, std::move(message)}; };
    if (labels.size() > limits.labels_per_series_max)
        return refuse(Refusal::too_large, fmt::format("{} labels, limit {} (metric.labels_per_series_max)", labels.size(),
                                                      limits.labels_per_series_max));
    std::sort(labels.begin(), labels.end());
    canonical.clear();
    if (tenant != model::DEFAULT_TENANT) {
        put_sized(canonical, model::TENANT_LABEL);
        put_sized(canonical, tenant);
    }
    const size_t before = canonical.size();
    for (size_t i = 0; i < labels.size(); ++i) {
        const auto& [name, value] = labels[i];
        if (name.empty()) return refuse(Refusal::invalid_labels, "a label without a name");
        if (i > 0 && labels[i - 1].name == name)
            return refuse(Refusal::duplicate_label, fmt::format("label \"{}\" comes twice", shown(name)));
        if (name.size() > limits.label_name_bytes_max)
            return refuse(Refusal::too_large, fmt::format("label name \"{}\" of {} bytes, limit {} (metric.label_name_bytes_max)",
                                                          shown(name), name.size(), limits.label_name_bytes_max));
        if (value.size() > limits.label_value_bytes_max)
            return refuse(Refusal::too_large, fmt::format("value of label \"{}\" of {} bytes, limit {} (metric.label_value_bytes_max)",
                                                          shown(name), value.size(), limits.label_value_bytes_max));
        if (!is_utf8(name)) return refuse(Refusal::invalid_labels, fmt::format("label name \"{}\" is not UTF-8", shown(name)));
        if (!is_utf8(value))
            return refuse(Refusal::invalid_labels, fmt::format("value of label \"{}\" is not UTF-8", shown(name)));
        if (value.empty()) continue;
        put_sized(canonical, name);
        put_sized(canonical, value);
    }
    if (canonical.size() == before) return refuse(Refusal::invalid_labels, "a series without labels");
    return std::nullopt;
}

}  // namespace belfry::ingest
