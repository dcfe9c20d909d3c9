#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace belfry::query {

/// Limits of one query. 0 = no limit.
struct BudgetLimits {
    uint64_t samples_max = 50'000'000;           // samples read
    uint64_t series_max = 1'000'000;             // series selected
    uint64_t memory_bytes_max = 2ULL << 30;      // estimate of what results and buffers hold
    int64_t wall_ms_max = 120'000;
};

/// What a query may use and has used. Shared by all threads of the query; every `charge_*` answers `exhausted` (too much)
/// or `timeout` once a limit is passed, with a sentence for the user; `cancel` makes the next charge fail.
class Budget {
  public:
    Budget(const BudgetLimits& limits, const Clock& clock);

    [[nodiscard]] Status charge_samples(uint64_t count);
    [[nodiscard]] Status charge_series(uint64_t count);
    [[nodiscard]] Status charge_memory(uint64_t bytes);
    void release_memory(uint64_t bytes) { memory_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
    /// For loops without charges: time and cancellation only.
    [[nodiscard]] Status check() const;
    /// The client went away or the server stops. Any thread.
    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
    /// Cancels when the flag (a request's `disconnected`; may be null) becomes true. Before the query starts.
    void cancel_with(std::shared_ptr<const std::atomic<bool>> flag) { cancel_flag_ = std::move(flag); }
    void count_bytes_read(uint64_t bytes) { bytes_read_.fetch_add(bytes, std::memory_order_relaxed); }

    [[nodiscard]] uint64_t samples() const { return samples_.load(std::memory_order_relaxed); }
    [[nodiscard]] uint64_t series() const { return series_.load(std::memory_order_relaxed); }
    [[nodiscard]] uint64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }
    [[nodiscard]] int64_t elapsed_ms() const { return clock_.monotonic_ms() - start_ms_; }
    [[nodiscard]] const BudgetLimits& limits() const { return limits_; }

  private:
    const BudgetLimits limits_;
    const Clock& clock_;  // outlives this
    const int64_t start_ms_;
    std::atomic<uint64_t> samples_{0};
    std::atomic<uint64_t> series_{0};
    std::atomic<uint64_t> memory_bytes_{0};
    std::atomic<uint64_t> bytes_read_{0};
    std::atomic<bool> cancelled_{false};
    std::shared_ptr<const std::atomic<bool>> cancel_flag_;
};

}  // namespace belfry::query
