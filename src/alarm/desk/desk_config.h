#pragma once

#include <cstdint>

namespace belfry::alarm {

struct DeskConfig {
    bool ready_made = true;                     // make the alarms that come with Belfry, once
    uint64_t definition_bytes_max = 64 * 1024;  // of an alarm definition's texts together
    uint64_t actions_max = 100;                 // notification methods of one list of a definition
};

}  // namespace belfry::alarm
