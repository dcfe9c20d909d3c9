#pragma once

#include <cstdint>
#include <string>

namespace belfry::forward {

/// What all destinations have in common; the destinations themselves stand in the file.
struct ForwardConfig {
    std::string file;                      // a Prometheus configuration, of which `remote_write` is read; "" for none
    uint64_t keep_bytes = 4ULL << 30;      // of the log, kept for a destination that is behind
    int64_t keep_ms = 12 * 3'600'000LL;    // the age of what is kept; at most a day: see label_table.h
    uint64_t labels_bytes_max = 64 << 20;  // encoded labels of known series, a destination
};

}  // namespace belfry::forward
