#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "notify/mail.h"
#include "notify/networks.h"

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace belfry::notify {

/// One mail over a connection of its own (RFC 5321): EHLO, STARTTLS (RFC 3207), AUTH PLAIN or LOGIN (RFC 4954), MAIL,
/// RCPT, DATA. A password is never sent in the clear, but to this machine itself. Blocks, never past the deadline or
/// after `cancel_fd` can be read. One thread.
class SmtpClient {
  public:
    SmtpClient(Clock& clock, const Networks& networks, const MailServer& server, int cancel_fd)
        : clock_(clock), networks_(networks), server_(server), cancel_fd_(cancel_fd) {}
    ~SmtpClient();
    SmtpClient(const SmtpClient&) = delete;
    SmtpClient& operator=(const SmtpClient&) = delete;

    [[nodiscard]] Status send(const Mail& mail);

    static constexpr size_t ANSWER_BYTES_MAX = 16 << 10;

  private:
    struct Answer {
        int code = 0;
        std::string text;
    };
    [[nodiscard]] Status connect();
    [[nodiscard]] Status start_tls();
    [[nodiscard]] Status greet();
    [[nodiscard]] Status log_in();
    [[nodiscard]] Result<Answer> read_answer();
    /// Sends a line and wants an answer of that hundred; `shown` stands in errors in place of the line.
    [[nodiscard]] Result<Answer> ask(std::string_view line, int hundred, std::string_view shown = {});
    [[nodiscard]] Status write_all(std::string_view bytes);
    [[nodiscard]] Result<size_t> read_some(char* out, size_t count);
    [[nodiscard]] Status wait(short events);
    [[nodiscard]] bool offers(std::string_view capability) const;
    [[nodiscard]] std::string where() const;

    Clock& clock_;              // outlives this
    const Networks& networks_;  // outlives this
    const MailServer& server_;  // outlives this
    const int cancel_fd_;
    int64_t deadline_ms_ = 0;
    int fd_ = -1;
    bool loopback_ = false;
    std::shared_ptr<ssl_ctx_st> context_;
    ssl_st* ssl_ = nullptr;
    std::string received_;
    std::vector<std::string> capabilities_;  // upper case
};

}  // namespace belfry::notify
