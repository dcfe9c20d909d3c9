#pragma once

#include "api/identity/identity_config.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/token_bucket.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace belfry::api {

/// Keeps passwords from being tried out, and their hashes from taking all memory and time. Any thread.
class LoginLimit {
  public:
    LoginLimit(const IdentityConfig& config, Clock& clock) : config_(config), clock_(clock) {}

    /// `exhausted` when that address, or that user from there, has used up its attempts.
    [[nodiscard]] Status begin(std::string_view user, std::string_view address);
    /// The attempt was wrong.
    void failed(std::string_view user, std::string_view address);

    /// One of the turns to check a password; waits for it.
    class Turn {
      public:
        explicit Turn(LoginLimit* limit) : limit_(limit) {}
        Turn(Turn&& other) noexcept : limit_(std::exchange(other.limit_, nullptr)) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn();

      private:
        LoginLimit* limit_;
    };
    /// `unavailable` after identity.hash_wait.
    [[nodiscard]] Result<Turn> take_turn();

  private:
    struct Attempts {
        http::TokenBucket tokens;
        int64_t last_ms = 0;
    };
    [[nodiscard]] Attempts& attempts_of(const std::string& key, uint32_t per_minute);

    const IdentityConfig& config_;  // outlives this
    Clock& clock_;                  // outlives this
    std::mutex mutex_;              // guards what follows
    std::map<std::string, Attempts, std::less<>> attempts_;
    std::mutex turns_mutex_;  // guards running_
    std::condition_variable turn_ended_;
    uint32_t running_ = 0;
};

}  // namespace belfry::api
