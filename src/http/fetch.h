#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "http/url_parts.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sockaddr_storage;
struct ssl_ctx_st;
struct ssl_st;

namespace belfry::http {

/// How a server is trusted and who we are to it. Texts are PEM and win over files; without both the machine's CAs
/// count.
struct TlsOptions {
    std::string ca_file, ca_text;
    std::string certificate_file, certificate_text;
    std::string key_file, key_text;
    std::string server_name;  // in place of the URL's host
    bool skip_verify = false;
    int min_version = 0;  // 10, 11, 12, 13; 0: 12
    int max_version = 0;
};

/// What all connections with the same options share: read from its files again after a minute, so that renewed
/// certificates count. Any thread.
class TlsClient {
  public:
    explicit TlsClient(TlsOptions options) : options_(std::move(options)) {}
    [[nodiscard]] Result<std::shared_ptr<ssl_ctx_st>> context(int64_t monotonic_ms);
    [[nodiscard]] const TlsOptions& options() const { return options_; }
    static constexpr int64_t REREAD_MS = 60'000;

  private:
    const TlsOptions options_;
    std::mutex mutex_;  // guards both below
    std::shared_ptr<ssl_ctx_st> context_;
    int64_t made_ms_ = 0;
};

struct FetchRequest {
    std::string method = "GET";
    std::string target = "/";  // path and query, encoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;
    int64_t timeout_ms = 10'000;          // of the whole exchange, from the resolver to the last byte
    int64_t connect_timeout_ms = 10'000;  // of resolving and connecting
    uint64_t body_bytes_max = 64ULL << 20;
    /// Asked with each growth of the body; false ends the exchange as `exhausted`.
    std::function<bool(size_t more_bytes)> may_grow;
    /// Gets the body of a 2xx answer part by part, without a limit of bytes; false gives it up. The deadline then
    /// counts from the last part.
    std::function<bool(std::string_view)> receive;
};

struct FetchResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
    std::string body;                                          // as it was sent: Content-Encoding is not undone
    [[nodiscard]] std::string_view header(std::string_view lower_name) const;
};

/// One server, over one connection that is kept between requests. HTTP/1.1, with TLS when the URL says https. Blocks,
/// but never past its deadlines: sockets are not blocking and names are resolved beside. One thread at a time.
class FetchConnection {
  public:
    /// `cancel_fd`: as soon as it can be read, what waits gives up (-1: none). `tls` may be null for http.
    FetchConnection(Clock& clock, Url url, std::shared_ptr<TlsClient> tls, int cancel_fd = -1);
    ~FetchConnection();
    FetchConnection(const FetchConnection&) = delete;
    FetchConnection& operator=(const FetchConnection&) = delete;

    /// Any status is an answer; redirects are the caller's. `timeout`, `unavailable` with what failed, `exhausted` past
    /// the body's limit, `corrupt` for what is not HTTP. A kept connection that the server has closed is made anew.
    [[nodiscard]] Result<FetchResponse> send(const FetchRequest& request);
    /// When the certificate that the server shows ends, in milliseconds since 1970; whether it is trusted depends on the
    /// options. Of an https URL only; the connection is not kept.
    [[nodiscard]] Result<int64_t> certificate_end_ms(int64_t timeout_ms);
    [[nodiscard]] const Url& url() const { return url_; }
    /// Asked for each address before it is connected to; an error passes it over. Before the first request.
    void admit(std::function<Status(const sockaddr_storage&)> check) { admit_ = std::move(check); }
    /// Forgets the connection.
    void close();

    static constexpr size_t HEAD_BYTES_MAX = 64 << 10;

  private:
    struct Exchange;
    [[nodiscard]] Status connect(int64_t deadline_ms);
    [[nodiscard]] Status start_tls(int64_t deadline_ms);
    [[nodiscard]] Result<FetchResponse> exchange(const FetchRequest& request, int64_t deadline_ms, bool* untouched);
    [[nodiscard]] Status read_head(int64_t deadline_ms, std::string& head, std::string& rest, bool* untouched);
    [[nodiscard]] Status wait(short events, int64_t deadline_ms);
    [[nodiscard]] Status write_all(std::string_view bytes, int64_t deadline_ms);
    /// Some bytes; none at the end.
    [[nodiscard]] Result<size_t> read_some(char* out, size_t count, int64_t deadline_ms);

    Clock& clock_;  // outlives this
    const Url url_;
    const std::shared_ptr<TlsClient> tls_;
    const int cancel_fd_;
    std::function<Status(const sockaddr_storage&)> admit_;
    int fd_ = -1;
    std::shared_ptr<ssl_ctx_st> context_;
    ssl_st* ssl_ = nullptr;
};

}  // namespace belfry::http
