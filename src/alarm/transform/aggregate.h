#pragma once

#include "alarm/transform/spec.h"
#include "model/labels.h"
#include "model/sample.h"

#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

/// A series of one metric, with its samples of the hour.
struct TransformInput {
    const PreTransformSpec* spec = nullptr;
    model::Labels labels;
    model::SampleColumns samples;  // ascending; stale markers and histograms are passed over
};

struct TransformOutput {
    model::Labels labels;
    double value = 0;
};

/// What one aggregation makes of an hour's samples of a tenant. Pure.
[[nodiscard]] std::vector<TransformOutput> aggregate(const TransformSpec& spec,
                                                     const std::vector<TransformInput>& inputs,
                                                     std::string_view tenant);

}  // namespace belfry::alarm
