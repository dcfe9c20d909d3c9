#pragma once

#include "ingest/metric/writer.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest {

struct LabelRefusal {
    Refusal reason = Refusal::invalid_labels;
    std::string message;
};

/// Sorts `labels`, checks them against the limits, and replaces `canonical` by their canonical bytes (with the tenant label
/// where the tenant is not the default one). Labels with an empty value are the same as missing ones and left out.
[[nodiscard]] std::optional<LabelRefusal> canonical_labels(std::vector<model::Label>& labels,
                                                           std::string_view tenant,
                                                           const MetricConfig& limits,
                                                           std::string& canonical);

}  // namespace belfry::ingest
