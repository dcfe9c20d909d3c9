#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::api {

/// Answers that carry samples in bulk: remote read, federation, exports. They are made part by part, so they may be
/// long; the limits on what must be in memory whole are those of remote read's older form. Series: query.series_max.
struct BulkConfig {
    int64_t wall_ms_max = 3'600'000;           // the reader's slowness counts
    uint64_t whole_samples_max = 50'000'000;   // of a remote read that is answered whole (type SAMPLES)
    uint64_t whole_bytes_max = 256ULL << 20;   // the same, before snappy
    uint64_t queries_max = 100;                // of one remote read
    std::vector<std::string> external_labels;  // "name=value"
};

}  // namespace belfry::api
