#pragma once

#include "base/json.h"
#include "base/result.h"
#include "config/flags.h"
#include "http/client.h"

#include <functional>
#include <string>

namespace belfry::app {

/// A running server, as a command sees it. Its address and key come from the flags (or BELFRY_URL and BELFRY_KEY), else
/// from server.json in the data directory, which only the server's owner can read; else from the default address
/// without a key.
class Remote {
  public:
    using Send = std::function<Result<http::ClientResponse>(const http::ClientRequest&)>;

    [[nodiscard]] static Result<Remote> find(const config::CommandLine& line);
    Remote(std::string url, Send send) : url_(std::move(url)), send_(std::move(send)) {}

    [[nodiscard]] const std::string& url() const { return url_; }
    /// Any status.
    [[nodiscard]] Result<http::ClientResponse> send(const http::ClientRequest& request) const { return send_(request); }
    /// A 2xx answer, parsed (null without a body). The server's own sentence is the error.
    [[nodiscard]] Result<JsonView> call(const std::string& method,
                                        const std::string& path,
                                        const std::string& json_body = "") const;

  private:
    std::string url_;
    Send send_;
};

/// The error that an answer of another status stands for.
[[nodiscard]] Error answer_error(const http::ClientResponse& response);

}  // namespace belfry::app
