#pragma once

#include "catalog/alarm_definition.h"
#include "model/alarm.h"

#include <cstdint>
#include <optional>

namespace belfry::alarm {

/// How values become a state, beyond the comparison itself.
struct Patience {
    int64_t for_ms = 0;
    int64_t keep_firing_for_ms = 0;
    catalog::NoData no_data = catalog::NoData::undetermined;
};

/// What one evaluation saw of an alarm.
enum class Seen { nothing, good, bad };

/// One alarm's state over time. The same for what is evaluated now and for "when would it have rung".
struct TriState {
    model::AlarmState state = model::AlarmState::ok;
    int64_t bad_since_ms = 0;   // 0: it is not bad
    int64_t good_since_ms = 0;  // of one that rings on: since when it is no longer bad; 0: it is
    /// Times ascend.
    void see(Seen seen, int64_t at_ms, const Patience& patience);
};

}  // namespace belfry::alarm
