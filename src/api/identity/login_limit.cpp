#include "api/identity/login_limit.h"

#include <chrono>

namespace belfry::api {
namespace {

std::string key_of(std::string_view user, std::string_view address) {
    return fmt::format("{}\n{}", address, user.substr(0, 64));
}

}  // namespace

LoginLimit::Attempts& LoginLimit::attempts_of(const std::string& key, uint32_t per_minute) {
    const int64_t now_ms = clock_.monotonic_ms();
    const auto found = attempts_.find(key);
    if (found != attempts_.end()) {
        found->second.last_ms = now_ms;
        return found->second;
    }
    if (attempts_.size() >= config_.login_addresses_max) {
        const auto oldest = std::min_element(attempts_.begin(), attempts_.end(), [](const auto& a, const auto& b) {
            return a.second.last_ms < b.second.last_ms;
        });
        attempts_.erase(oldest);
    }
    return attempts_.emplace(key, Attempts{.tokens = http::TokenBucket(per_minute), .last_ms = now_ms}).first->second;
}

Status LoginLimit::begin(std::string_view user, std::string_view address) {
    const std::lock_guard lock(mutex_);
    const int64_t now_ms = clock_.monotonic_ms();
    if (!attempts_of(std::string(address), config_.login_attempts_max).tokens.take(now_ms)) {
        return make_error(Code::exhausted, "too many logins from {} within a minute (identity.login_attempts_max)",
                          address);
    }
    // only failures use up a user's attempts: here a copy tells whether there is one left
    const auto found = attempts_.find(key_of(user, address));
    if (found == attempts_.end()) return {};
    http::TokenBucket look = found->second.tokens;
    if (look.take(now_ms)) return {};
    return make_error(Code::exhausted,
                      "too many wrong passwords for this user from {}; wait a minute (identity.login_failures_max)",
                      address);
}

void LoginLimit::failed(std::string_view user, std::string_view address) {
    const std::lock_guard lock(mutex_);
    (void)attempts_of(key_of(user, address), config_.login_failures_max).tokens.take(clock_.monotonic_ms());
}

LoginLimit::Turn::~Turn() {
    if (limit_ == nullptr) return;
    {
        const std::lock_guard lock(limit_->turns_mutex_);
        --limit_->running_;
    }
    limit_->turn_ended_.notify_one();
}

Result<LoginLimit::Turn> LoginLimit::take_turn() {
    std::unique_lock lock(turns_mutex_);
    const bool free = turn_ended_.wait_for(lock, std::chrono::milliseconds(config_.hash_wait_ms),
                                           [&] { return running_ < config_.hashes_max; });
    if (!free) return make_error(Code::unavailable, "too many logins at one time; try again (identity.hashes_max)");
    ++running_;
    return Turn(this);
}

}  // namespace belfry::api
