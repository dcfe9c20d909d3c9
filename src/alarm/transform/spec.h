#pragma once

#include "base/result.h"
#include "model/pattern.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

/// How values become one.
enum class TransformOp { sum, max, min, avg, latest, oldest };

/// A line of pre_transform_specs: which metric feeds which aggregations, and what its samples need to have.
struct PreTransformSpec {
    std::string event_type;  // the metric
    std::vector<std::string> metric_ids;
    std::vector<std::string> required_fields;
    std::map<std::string, std::string, std::less<>> defaults;  // field -> value when a sample has none
};

struct TransformFilter {
    std::string field;
    model::Pattern pattern;  // at the beginning of the value
    bool include = true;
};

/// A line of transform_specs: an aggregation of one hour.
struct TransformSpec {
    enum class Usage { quantity, utilisation, rate };
    std::string metric_id;
    std::string name;  // of what comes out
    Usage usage = Usage::quantity;
    TransformOp operation = TransformOp::avg;
    std::vector<std::string> group_by;
    std::vector<TransformFilter> filters;
    bool rolls_up = false;
    std::vector<std::string> rollup_by;
    TransformOp rollup_operation = TransformOp::sum;
    std::vector<std::string> dimensions;
    std::string total_event, idle_event;  // of utilisation
};

struct TransformSpecs {
    std::vector<PreTransformSpec> inputs;
    std::vector<TransformSpec> aggregations;
};

/// Two texts of JSON lines as monasca-transform has them; empty lines are passed over. Errors name file and line, an
/// unknown member too. What an aggregation reads is what names it in metric_id_list; one that nothing names stays idle.
[[nodiscard]] Result<TransformSpecs> parse_transform_specs(std::string_view pre_transform_specs,
                                                           std::string_view transform_specs);

/// One name for what has several: host and hostname, tenant_id and project_id, `dimensions#x` and x.
[[nodiscard]] std::string canonical_field(std::string_view field);

}  // namespace belfry::alarm
