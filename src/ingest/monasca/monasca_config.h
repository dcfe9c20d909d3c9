#pragma once

#include <cstdint>

namespace belfry::ingest::monasca {

struct MonascaConfig {
    uint64_t log_bytes_max = 1ULL << 20;    // body of a post of logs; more get 413
    uint64_t event_bytes_max = 1ULL << 20;  // body of a post of events; more get 413
    bool log_metrics = false;               // lines of level WARN and ERROR become samples of log.warn and log.error
    uint64_t keep_bytes = 1ULL << 30;       // of the log, for logs and events that no store has read yet
    int64_t keep_ms = 7 * 86'400'000LL;     // the same by age
};

}  // namespace belfry::ingest::monasca
