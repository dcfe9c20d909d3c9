#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "forward/destination_config.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::forward {

struct PostAnswer {
    int status = 0;
    std::string retry_after;  // of the header; "" without
    std::string body;
};
/// One POST to a destination; an error when it does not answer. The seam at which tests stand.
using Post = std::function<Result<PostAnswer>(const std::vector<std::pair<std::string, std::string>>& headers,
                                              const std::string& body)>;
/// `cancel_fd`: as soon as it can be read, a request under way gives up.
using MakePost = std::function<Post(const DestinationConfig& config, Clock& clock, int cancel_fd)>;
/// Over one connection that is kept.
[[nodiscard]] Post http_post(const DestinationConfig& config, Clock& clock, int cancel_fd);

/// What becomes of one answer.
enum class Verdict { taken, dropped, again };
[[nodiscard]] Verdict judge(int status);
/// How long the header asks to wait: seconds, or an HTTP date; nothing when it is neither.
[[nodiscard]] std::optional<int64_t> retry_after_ms(std::string_view header, int64_t now_ms);

/// Sends requests one after the other until each is taken, refused for good, or `stop` was called.
class Sender {
  public:
    Sender(const DestinationConfig& config, Clock& clock, const MakePost& make_post);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    enum class Outcome { taken, dropped, stopped };
    [[nodiscard]] Outcome send(const std::string& message, uint64_t samples);
    /// Any thread.
    void stop();
    [[nodiscard]] bool stopped() const;
    /// Why the last attempt failed; "" when it did not. Any thread.
    [[nodiscard]] std::string trouble() const;
    /// Waits, at most until `stop`.
    void pause(int64_t ms);

    static constexpr int64_t RETRY_AFTER_MS_MAX = 300'000;  // a destination must not silence us for a day

  private:
    void set_trouble(std::string text);
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> headers() const;

    const DestinationConfig& config_;  // outlives this
    Clock& clock_;                     // outlives this
    const int cancel_fd_;
    const Post post_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    bool stopped_ = false;
    std::string trouble_;
};

}  // namespace belfry::forward
