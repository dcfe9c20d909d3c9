#pragma once

#include "base/clock.h"
#include "notify/line.h"
#include "notify/networks.h"

#include <memory>

namespace belfry::notify {

/// The real one: keeps one connection to the server that was asked last.
class NetLine final : public Line {
  public:
    /// `networks` outlives this. As soon as `cancel_fd` can be read, what waits gives up.
    NetLine(Clock& clock, const Networks& networks, int cancel_fd)
        : clock_(clock), networks_(networks), cancel_fd_(cancel_fd) {}
    [[nodiscard]] Result<http::FetchResponse> fetch(const http::Url& url, const http::FetchRequest& request) override;
    [[nodiscard]] Status mail(const MailServer& server, const Mail& mail) override;

  private:
    Clock& clock_;              // outlives this
    const Networks& networks_;  // outlives this
    const int cancel_fd_;
    std::unique_ptr<http::FetchConnection> connection_;
};

}  // namespace belfry::notify
