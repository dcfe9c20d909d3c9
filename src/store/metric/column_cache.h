#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

namespace belfry::store {

using TimeColumn = std::shared_ptr<const std::vector<int64_t>>;

/// Decoded time columns of one query (or fold), shared by its threads. Full means: not kept any more. Any thread.
class ColumnCache {
  public:
    explicit ColumnCache(uint64_t bytes_max) : bytes_max_(bytes_max) {}

    [[nodiscard]] TimeColumn find(uint64_t file, uint32_t column) const {
        const std::shared_lock lock(mutex_);
        const auto it = columns_.find(file << 32 | column);
        return it == columns_.end() ? nullptr : it->second;
    }
    void keep(uint64_t file, uint32_t column, const TimeColumn& times) {
        const std::lock_guard lock(mutex_);
        if (bytes_ + times->size() * 8 > bytes_max_) return;
        if (columns_.emplace(file << 32 | column, times).second) bytes_ += times->size() * 8;
    }

  private:
    const uint64_t bytes_max_;
    mutable std::shared_mutex mutex_;  // guards what follows
    std::unordered_map<uint64_t, TimeColumn> columns_;
    uint64_t bytes_ = 0;
};

}  // namespace belfry::store
