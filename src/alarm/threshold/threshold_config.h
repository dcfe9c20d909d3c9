#pragma once

#include <cstdint>

namespace belfry::alarm {

/// What an alarm's expression may ask for; past it a definition is refused with the name of the key.
struct ExpressionLimits {
    uint64_t bytes_max = 4'096;                 // of its text
    uint64_t subs_max = 100;                    // comparisons: each is a window an alarm
    uint64_t times_max = 1'000;                 // slots a window: 16 bytes each
    int64_t period_ms_max = 31 * 86'400'000LL;  // of a slot
};

struct ThresholdConfig {
    ExpressionLimits limits;
    int64_t delay_ms = 30'000;                 // a window is judged so long after its end
    uint64_t alarms_max = 1'000'000;           // of all sources; the key and the default are AlarmStoreConfig's
    uint64_t metrics_listed_max = 1'000;       // an alarm names so many of its metrics; further ones count, unnamed
    uint64_t waiting_metrics_max = 1'000'000;  // metrics that wait for the others of an alarm, of all definitions
    uint64_t pending_events_max = 200'000;     // decided and not yet in the log; past it deciding waits
    uint64_t batch_events_max = 20'000;        // of one record of the log
    int64_t snapshot_ms = 60'000;              // between two copies of the windows on disk: what a start replays
};

}  // namespace belfry::alarm
