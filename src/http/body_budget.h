#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace belfry::http {

/// How many bytes of request bodies may be in memory at once: being collected, waiting for a worker or running.
/// A lease may be given back on any thread.
class BodyBudget {
  public:
    explicit BodyBudget(uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

    class Lease {
      public:
        Lease() = default;
        explicit Lease(BodyBudget& budget) : budget_(&budget) {}
        Lease(Lease&& other) noexcept : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
        Lease& operator=(Lease&& other) noexcept {
            release();
            budget_ = other.budget_;
            bytes_ = std::exchange(other.bytes_, 0);
            return *this;
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease() { release(); }

        /// To at least `bytes` in all; false, and unchanged, when the budget has no room.
        [[nodiscard]] bool grow_to(uint64_t bytes);
        void release();
        [[nodiscard]] uint64_t bytes() const { return bytes_; }

      private:
        BodyBudget* budget_ = nullptr;  // outlives this
        uint64_t bytes_ = 0;
    };

    [[nodiscard]] uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

  private:
    const uint64_t limit_bytes_;
    std::atomic<uint64_t> used_bytes_{0};
};

}  // namespace belfry::http
