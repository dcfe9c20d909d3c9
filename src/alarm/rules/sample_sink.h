#pragma once

#include "base/result.h"
#include "model/histogram.h"
#include "model/labels.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace belfry::alarm {

/// What a rule has made.
struct RuleSample {
    model::Labels labels;
    int64_t time_ms = 0;
    double value = 0;
    std::shared_ptr<const model::Histogram> histogram;  // null: a float
};

struct SinkOutcome {
    uint64_t refused = 0;
    std::string first_message;  // why the first was refused
};

/// Stores samples of a tenant; durable when it returns. An error means that nothing was stored. Any thread.
using SampleSink = std::function<Result<SinkOutcome>(std::string_view tenant, std::span<const RuleSample>)>;

}  // namespace belfry::alarm
