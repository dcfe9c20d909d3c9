#pragma once

#include <algorithm>
#include <cstdint>

namespace belfry::http {

/// So many a minute, and at most a minute's worth at once. Monotonic time.
class TokenBucket {
  public:
    explicit TokenBucket(uint64_t per_minute) : limit_(static_cast<double>(per_minute)), tokens_(limit_) {}

    /// False when there is none left.
    [[nodiscard]] bool take(int64_t now_ms) {
        if (last_ms_ != 0) tokens_ += static_cast<double>(now_ms - last_ms_) * limit_ / 60'000;
        last_ms_ = now_ms;
        tokens_ = std::min(tokens_, limit_);
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

  private:
    double limit_;
    double tokens_;
    int64_t last_ms_ = 0;
};

}  // namespace belfry::http
