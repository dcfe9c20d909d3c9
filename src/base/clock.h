#pragma once

#include <atomic>
#include <cstdint>

namespace belfry {

/// The only way to the time. Wall time is since the Unix epoch; monotonic time is for durations and timeouts.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual int64_t now_ns() const = 0;
    [[nodiscard]] virtual int64_t monotonic_ns() const = 0;

    [[nodiscard]] int64_t now_ms() const { return now_ns() / 1'000'000; }
    [[nodiscard]] int64_t monotonic_ms() const { return monotonic_ns() / 1'000'000; }
};

/// The machine's clock; lives for ever.
[[nodiscard]] Clock& system_clock();

/// A clock that tests move by hand. Any thread.
class ManualClock : public Clock {
  public:
    explicit ManualClock(int64_t now_ms) : now_ns_(now_ms * 1'000'000) {}
    [[nodiscard]] int64_t now_ns() const override { return now_ns_.load(); }
    [[nodiscard]] int64_t monotonic_ns() const override { return now_ns_.load(); }
    void advance_ms(int64_t ms) { now_ns_.fetch_add(ms * 1'000'000); }
    void set_ms(int64_t ms) { now_ns_.store(ms * 1'000'000); }

  private:
    std::atomic<int64_t> now_ns_;
};

}  // namespace belfry
