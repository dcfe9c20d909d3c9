#pragma once

#include <cstdint>

namespace belfry::alarm {

struct AnomalyConfig {
    uint32_t monitors_max = 1'000;         // of all tenants
    uint32_t series_max = 1'000;           // of one monitor
    int64_t choose_again_ms = 86'400'000;  // how often models are chosen and trained anew
    int64_t forget_ms = 86'400'000;        // a series that has been gone for so long is forgotten
};

}  // namespace belfry::alarm
