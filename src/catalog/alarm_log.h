#pragma once

#include "base/result.h"
#include "model/alarm.h"

#include <cstdint>

namespace belfry::catalog {

/// Where what happens to alarms is written: topic `transitions`. Any thread; what one thread submits keeps its order.
class AlarmLog {
  public:
    virtual ~AlarmLog() = default;
    /// Returns once the batch is durable, with its offset. An error: nothing of it was taken; `exhausted` and
    /// `unavailable` may be tried again.
    [[nodiscard]] virtual Result<uint64_t> submit(model::AlarmBatch batch) = 0;
};

/// A random UUID (version 4) in lower case, as ids of alarms, definitions and methods are.
[[nodiscard]] std::string random_uuid();

}  // namespace belfry::catalog
