#pragma once

#include "base/clock.h"
#include "http/fetch.h"
#include "ingest/agent/measurement.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace belfry::ingest::agent {

/// Where `belfry agent` reports to, and as whom.
struct SenderConfig {
    std::string url;  // of a Monasca API: ".../v2.0"
    std::string key;  // sent as X-Auth-Token; "": a token, if there is an auth_url
    std::string auth_url, user, password, user_domain = "Default", project, project_domain = "Default";
    uint64_t backlog_bytes_max = 64 << 20;
    uint64_t batch_max = 1'000;
    int64_t timeout_ms = 20'000;
};

/// Sends measurements by POST .../metrics, newest first, from a thread of its own. What cannot be sent waits, within
/// its limit, and is tried again after 1, 2, 4 ... 30 s; what the server refuses for good is dropped and counted.
class Sender {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Sender>> open(const SenderConfig& config, Clock& clock);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    void add(Measurements measurements);  // any thread
    /// Tries once more to send what waits, then ends.
    void stop();

    struct Totals {
        uint64_t sent = 0, refused = 0, dropped = 0, waiting = 0;  // measurements
    };
    [[nodiscard]] Totals totals() const;

    static constexpr int64_t RETRY_MS_MAX = 30'000;

  private:
    Sender(const SenderConfig& config, Clock& clock, http::Url url);
    void run();
    enum class Fate { sent, refused, later };
    [[nodiscard]] Fate send(const std::string& body, uint64_t count);
    [[nodiscard]] Status get_token();

    const SenderConfig config_;
    Clock& clock_;  // outlives this
    const std::string target_;
    http::FetchConnection connection_;  // of the thread, like the token
    std::string token_;
    bool was_well_ = true;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::deque<std::string> waiting_;  // one metric as JSON each, oldest first
    uint64_t waiting_bytes_ = 0;
    Totals totals_;
    bool stopping_ = false;
    std::thread thread_;
};

/// As the Monasca API takes it.
[[nodiscard]] std::string to_json(const Measurement& measurement);

}  // namespace belfry::ingest::agent
