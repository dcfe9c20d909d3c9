#pragma once

#include "base/result.h"
#include "http/fetch.h"
#include "notify/mail.h"

#include <functional>
#include <memory>

namespace belfry::notify {

/// A worker's way to receivers; the seam at which tests stand. One thread.
class Line {
  public:
    virtual ~Line() = default;
    /// Any status is an answer. Connections are kept between requests to the same server.
    [[nodiscard]] virtual Result<http::FetchResponse> fetch(const http::Url& url,
                                                            const http::FetchRequest& request) = 0;
    [[nodiscard]] virtual Status mail(const MailServer& server, const Mail& mail) = 0;
};
using MakeLine = std::function<std::unique_ptr<Line>()>;

}  // namespace belfry::notify
