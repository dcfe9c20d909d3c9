#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/access.h"
#include "http/fwd.h"
#include "http/http_config.h"
#include "http/job.h"
#include "net/fwd.h"

#include <memory>
#include <thread>
#include <vector>

namespace belfry::http {

/// The front door: listeners and connections on one loop, requests on workers. Opened, given its entrances and stopped
/// by the main thread.
class Server {
  public:
    /// All outlive the server; the router is complete before.
    struct Parts {
        const HttpConfig& config;
        AccessPolicy policy;
        const Router& router;
        Authenticator& authenticator;
        const StaticFiles* files = nullptr;  // null: no pages
        Clock& clock;
    };
    [[nodiscard]] static Result<std::unique_ptr<Server>> start(const Parts& parts);
    /// Stops if nobody did.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens at one more address. A busy port is `unavailable` and names who has it; the caller decides whether that
    /// ends the start (main) or is a warning (alias). Returns the entrance with the port that was taken.
    [[nodiscard]] Result<std::shared_ptr<const Entrance>> open(Entrance entrance);
    [[nodiscard]] const std::vector<std::shared_ptr<const Entrance>>& entrances() const { return entrances_; }

    /// No new connections; waits up to drain_ms for running requests, then closes everything.
    void stop();
    /// The loop of the listeners, for protocols that are not HTTP.
    [[nodiscard]] net::Loop& loop() { return *loop_; }
    [[nodiscard]] size_t worker_count() const { return workers_.size(); }

  private:
    explicit Server(const Parts& parts);
    void work();

    Parts parts_;
    std::unique_ptr<net::Loop> loop_;
    std::unique_ptr<Dispatcher> dispatcher_;
    std::unique_ptr<Front> front_;
    std::vector<std::unique_ptr<net::TcpListener>> listeners_;
    std::vector<std::shared_ptr<const Entrance>> entrances_;
    std::vector<std::thread> workers_;
    bool stopped_ = false;
};

}  // namespace belfry::http
