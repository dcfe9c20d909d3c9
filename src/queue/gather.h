#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace belfry::queue {

/// How many records the next commit waits for, so that writers that run side by side share a sync instead of taking
/// turns. A record that came while another was being synced proves a second writer; the number of both is then expected
/// again. A wait that ends without them takes the proof back, so a lone writer is never kept waiting. Not thread-safe.
class Gather {
  public:
    static constexpr size_t RECORDS_MAX = 64;  // more share a sync anyway, as they arrive during the one before

    explicit Gather(int64_t limit_ns) : limit_ns_(limit_ns) {}

    /// Records that are worth a wait of `wait_ns()`; 1: commit at once.
    [[nodiscard]] size_t wanted() const { return limit_ns_ > 0 ? wanted_ : 1; }
    /// At most about two syncs: a fast disk is not kept waiting for what it could have synced meanwhile.
    [[nodiscard]] int64_t wait_ns() const { return std::min(limit_ns_, 2 * last_sync_ns_); }

    /// The wait ended with this many records.
    void gathered(size_t records) { wanted_ = std::min(wanted_, std::max<size_t>(records, 1)); }
    /// A commit of `records` took so long, and `waiting` more came during it.
    void committed(size_t records, size_t waiting, int64_t took_ns) {
        last_sync_ns_ = took_ns;
        if (waiting > 0) wanted_ = std::clamp(records + waiting, wanted_, RECORDS_MAX);
    }

  private:
    const int64_t limit_ns_;
    int64_t last_sync_ns_ = 0;
    size_t wanted_ = 1;
};

}  // namespace belfry::queue
