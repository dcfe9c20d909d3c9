#pragma once

#include <cstdint>

namespace belfry::alarm {

/// Of alarms that rules and queries make.
struct QueryAlarmConfig {
    uint32_t definition_alarms_max = 10'000;   // alarms of one definition
    uint32_t definitions_max = 10'000;         // PromQL definitions of all tenants
    int64_t forget_ms = 86'400'000;            // an alarm whose series is gone, or whose rule has been OK, for so long goes
    int64_t hold_back_ms = 60'000;             // after a start nothing is told for so long, and for two evaluations
    uint64_t waiting_events_max = 1'000'000;   // that the log refused; beyond it transitions are folded
};

}  // namespace belfry::alarm
