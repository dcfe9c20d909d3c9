#pragma once

#include "api/identity/grant.h"
#include "api/identity/identity_config.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/secret.h"
#include "http/fetch.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace belfry::api {

/// Tokens of another identity service: asked about there, remembered for a while by their digest. Its own thread asks,
/// one token after the other; who needs an answer waits for it, a few at most, for the workers have other work. Any
/// thread. An identity service that does not answer lets nobody in: `unavailable`.
class Keystone {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Keystone>> open(const IdentityConfig& config, Clock& clock);
    ~Keystone();
    Keystone(const Keystone&) = delete;
    Keystone& operator=(const Keystone&) = delete;

    /// `invalid`: the token is wrong, expired or revoked there.
    [[nodiscard]] Result<Grant> check(std::string_view token);
    /// Ends all waits; nothing is asked afterwards.
    void stop();

  private:
    struct Entry {
        std::string token;  // only while it is asked about
        bool answered = false;
        Result<Grant> result = make_error(Code::unavailable, "not asked yet");
        int64_t until_ms = 0;  // monotonic
        int64_t used_ms = 0;
    };
    using Entries = std::map<catalog::Digest, std::shared_ptr<Entry>>;

    Keystone(const IdentityConfig& config, Clock& clock, http::Url url, int cancel_read, int cancel_write);
    void run();
    [[nodiscard]] Result<Grant> ask(const std::string& token);
    void make_room();

    const IdentityConfig& config_;  // outlives this
    Clock& clock_;                  // outlives this
    const std::string target_;
    const int cancel_read_, cancel_write_;
    http::FetchConnection connection_;  // of the thread

    std::mutex mutex_;  // guards what follows
    std::condition_variable asked_, answered_;
    Entries entries_;
    std::deque<std::shared_ptr<Entry>> queue_;
    uint32_t waiting_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

/// What Keystone says of a token: the body of GET /v3/auth/tokens.
[[nodiscard]] Result<Grant> parse_token_answer(std::string_view body);

}  // namespace belfry::api
