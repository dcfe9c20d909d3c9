#pragma once

#include "api/belfry/status_sources.h"

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace belfry::api {

struct Rates {
    double per_s = 0;             // over the last RATE_SAMPLES
    std::vector<double> history;  // newest last, HISTORY_COUNT values; null (NaN) before the start
};

/// Remembers the last minute of totals, second by second, and turns them into rates. `sample` by housekeeping, the rest
/// by any thread.
class PipelineHistory {
  public:
    static constexpr size_t HISTORY_COUNT = 60;
    static constexpr size_t RATE_SAMPLES = 15;  // this host's own samples come every 10 s

    void sample(const StatusFacts& facts, int64_t now_ms);

    [[nodiscard]] Rates received() const;
    [[nodiscard]] Rates received_bytes() const;
    [[nodiscard]] Rates log_bytes() const;
    [[nodiscard]] Rates syncs() const;
    /// Growth on disk.
    [[nodiscard]] Rates store_bytes() const;
    /// Records that consumers had not applied; the history only.
    [[nodiscard]] std::vector<double> behind() const;

  private:
    struct Sample {
        int64_t at_ms = 0;
        uint64_t received = 0;
        uint64_t received_bytes = 0;
        uint64_t log_bytes = 0;
        uint64_t syncs = 0;
        uint64_t store_bytes = 0;
        uint64_t behind = 0;
    };
    template <typename Total>
    [[nodiscard]] Rates rates(Total total) const;

    mutable std::mutex mutex_;    // guards samples_
    std::deque<Sample> samples_;  // oldest first
};

/// Of all receivers.
[[nodiscard]] uint64_t refused_last_hour(const StatusFacts& facts);
/// Records appended to a consumer's topic and not applied, of all consumers.
[[nodiscard]] uint64_t behind_records(const StatusFacts& facts);

}  // namespace belfry::api
