#pragma once

#include "http/authenticator.h"
#include "http/router.h"
#include "http/server.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace belfry::tests {

/// Knows the keys of a table ("Bearer <key>") and cookies ("session=<key>", whose CSRF token is the key reversed).
class TableAuthenticator : public http::Authenticator {
  public:
    std::map<std::string, http::Identity> keys;
    [[nodiscard]] Result<http::Identity> authenticate(const http::Request& request) override;
    [[nodiscard]] bool csrf_fits(const http::Request& request, const http::Identity& identity) override;
};

/// A blocking TCP client that says exactly what it is told. Every wait ends after 10 s.
class RawClient {
  public:
    explicit RawClient(uint16_t port, int receive_buffer_bytes = 0);
    ~RawClient();
    RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffered_(std::move(other.buffered_)) {}
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view bytes);
    /// FIN: nothing more will be sent.
    void end();

    struct Answer {
        int status = 0;                              // 0: closed, or no answer in time
        std::map<std::string, std::string> headers;  // lower-case names
        std::string body;
        std::string head;
    };
    [[nodiscard]] Answer receive(bool head_only = false);
    /// Sends and receives.
    [[nodiscard]] Answer ask(std::string_view bytes, bool head_only = false);
    /// True when the server closed (FIN or reset); what came before goes to `rest`.
    [[nodiscard]] bool closed_by_peer(std::string* rest = nullptr);
    [[nodiscard]] int fd() const { return fd_; }

  private:
    bool fill();
    int fd_ = -1;
    std::string buffered_;
};

/// A server on a free loopback port. Add routes, change `config`, then `start`.
class HttpFixture {
  public:
    http::HttpConfig config;
    http::AccessPolicy policy;
    http::Router router;
    TableAuthenticator authenticator;
    const http::StaticFiles* files = nullptr;

    HttpFixture();
    ~HttpFixture();
    void start();
    [[nodiscard]] uint16_t port() const { return port_; }
    [[nodiscard]] RawClient client() const { return RawClient(port_); }
    [[nodiscard]] RawClient::Answer get(const std::string& path, const std::string& extra_headers = "") const;
    [[nodiscard]] RawClient::Answer post(const std::string& path,
                                         std::string_view body,
                                         const std::string& extra_headers = "") const;
    http::Server& server() { return *server_; }
    void stop() { server_.reset(); }

  private:
    std::unique_ptr<http::Server> server_;
    uint16_t port_ = 0;
};

/// Waits until it is true, at most 10 s.
bool eventually(const std::function<bool()>& condition);

}  // namespace belfry::tests
