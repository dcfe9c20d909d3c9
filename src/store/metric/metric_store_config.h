#pragma once

#include "store/metric/keep_rules.h"

#include <cstdint>
#include <vector>

namespace belfry::store {

/// Limits and rhythms of the metric store.
struct MetricStoreConfig {
    /// Files whose newest sample is older are removed whole.
    int64_t retention_ms = 15 * 86'400'000LL;
    /// When all files together take more, the oldest days are removed whole, never the newest one. 0: no limit.
    uint64_t retention_bytes = 0;
    /// What is kept shorter than that.
    std::vector<RetentionRule> retention_rules;
    /// What becomes coarser with age.
    std::vector<DownsampleRule> downsample_rules;
    /// Deletions whose samples still lie in files; one more is refused until `clean_tombstones` gave the space back.
    uint32_t tombstones_max = 1'000;
    /// The head becomes a seal file at least this often; the log must keep what came since.
    int64_t seal_interval_ms = 30 * 60'000;
    /// Seals become day parts at least this often.
    int64_t fold_interval_ms = 12 * 3'600'000LL;
    /// The head is sealed early when its samples and buffers take more than this.
    uint64_t head_bytes_max = 512ULL << 20;
    /// The head is sealed early when it holds more samples than this; bounds the replay after a crash (about 1 s).
    uint64_t seal_samples_max = 8'000'000;
    /// Seals are folded early when they hold more samples than this together.
    uint64_t fold_samples_max = 64'000'000;
    /// A store that got nothing for this long (and for four times its usual pause) seals and folds what has piled up, if it is
    /// `idle_samples_min` or more: after a bulk load, not between two scrapes.
    int64_t idle_ms = 2'000;
    uint64_t idle_samples_min = 50'000;
    /// Samples of one series that wait uncompressed for their turn when they came out of order.
    uint32_t out_of_order_samples_max = 256;
    /// Names with type, unit and help; further ones are counted and forgotten.
    uint32_t metadata_max = 100'000;
    /// Exemplars kept of one series (in memory, and in each file) and of all series together; the oldest give way. 0 keeps none.
    uint32_t exemplars_per_series_max = 100;
    uint32_t exemplars_max = 100'000;
    /// Decoded time columns that one query may keep, bytes.
    uint64_t column_cache_bytes_max = 64ULL << 20;
};

}  // namespace belfry::store
