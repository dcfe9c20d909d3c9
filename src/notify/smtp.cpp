#include "notify/smtp.h"

#include "base/ascii.h"
#include "base/base64.h"
#include "base/number.h"
#include "http/fetch.h"
#include "http/resolve.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace belfry::notify {
namespace {

bool is_loopback(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET)
        return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24 == 127;
    return address.ss_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

/// What stands between < and >: nothing that could end the command.
bool is_safe(std::string_view address) {
    return !address.empty() && std::none_of(address.begin(), address.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f || c == '<' || c == '>';
    });
}

/// `Belfry <belfry@example.org>` -> `belfry@example.org`
std::string bare(std::string_view address) {
    const size_t open = address.rfind('<'), close = address.rfind('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::string(trim_blanks(address));
    return std::string(trim_blanks(address.substr(open + 1, close - open - 1)));
}

}  // namespace

SmtpClient::~SmtpClient() {
    if (ssl_ != nullptr) SSL_free(ssl_);
    if (fd_ >= 0) ::close(fd_);
}

std::string SmtpClient::where() const {
    return fmt::format("mail server {}:{}", server_.host, server_.port);
}

Status SmtpClient::wait(short events) {
    while (true) {
        const int64_t left_ms = deadline_ms_ - clock_.monotonic_ms();
        if (left_ms <= 0) return make_error(Code::timeout, "no answer in time (notify.timeout)");
        pollfd fds[2] = {{fd_, events, 0}, {cancel_fd_, POLLIN, 0}};
        const int ready = ::poll(fds, cancel_fd_ < 0 ? 1 : 2, static_cast<int>(std::min<int64_t>(left_ms, 1 << 30)));
        if (ready < 0 && errno != EINTR) return errno_error("poll", errno);
        if (ready > 0 && cancel_fd_ >= 0 && fds[1].revents != 0)
            return make_error(Code::unavailable, "given up at the stop");
        if (ready > 0 && fds[0].revents != 0) return {};
    }
}

Status SmtpClient::connect() {
    const auto addresses = TRY(http::resolve(clock_, server_.host, server_.port, deadline_ms_));
    std::optional<Error> last;
    for (const http::ResolvedAddress& address : addresses) {
        if (Status may = networks_.check(address.address); !may.ok()) {
            last = std::move(may).error();
            continue;
        }
        fd_ = ::socket(address.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd_ < 0) return errno_error("socket", errno);
        int error = 0;
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address.address), address.size) != 0) error = errno;
        if (error == EINPROGRESS) {
            TRY(wait(POLLOUT));
            socklen_t size = sizeof error;
            ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        }
        loopback_ = is_loopback(address.address);
        if (error == 0) return {};
        last = errno_error("nobody answers there", error);
        ::close(fd_);
        fd_ = -1;
    }
    return last ? *last : make_error(Code::unavailable, "it has no address");
}

Status SmtpClient::start_tls() {
    http::TlsClient tls({.ca_file = server_.ca_file});
    context_ = TRY(tls.context(clock_.monotonic_ms()));
    ERR_clear_error();
    ssl_ = SSL_new(context_.get());
    SSL_set_fd(ssl_, fd_);
    std::array<uint8_t, 16> bytes{};
    const char* host = server_.host.c_str();
    if (::inet_pton(AF_INET, host, bytes.data()) == 1 || ::inet_pton(AF_INET6, host, bytes.data()) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host);
    } else {
        SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host));
        SSL_set1_host(ssl_, host);
    }
    while (true) {
        const int done = SSL_connect(ssl_);
        if (done == 1) return {};
        const int why = SSL_get_error(ssl_, done);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
            TRY(wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT));
            continue;
        }
        const long verified = SSL_get_verify_result(ssl_);
        const char* reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                                   : ERR_reason_error_string(ERR_peek_last_error());
        ERR_clear_error();
        return make_error(Code::unavailable, "TLS: {}", reason == nullptr ? "the connection ended" : reason);
    }
}

Status SmtpClient::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        short wanted = POLLOUT;
        ssize_t sent = -1;
        if (ssl_ != nullptr) {
            ERR_clear_error();
            const int done = SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20)));
            sent = done;
            const int why = done > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
            if (why == SSL_ERROR_WANT_READ)
                wanted = POLLIN;
            else if (done <= 0 && why != SSL_ERROR_WANT_WRITE)
                return make_error(Code::unavailable, "the connection ended while sending");
        } else {
            sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN && errno != EINTR)
                return make_error(Code::unavailable, "the connection ended while sending");
        }
        if (sent > 0) {
            bytes.remove_prefix(static_cast<size_t>(sent));
            continue;
        }
        TRY(wait(wanted));
    }
    return {};
}

Result<size_t> SmtpClient::read_some(char* out, size_t count) {
    while (true) {
        short wanted = POLLIN;
        if (ssl_ != nullptr) {
            ERR_clear_error();
            const int got = SSL_read(ssl_, out, static_cast<int>(count));
            if (got > 0) return static_cast<size_t>(got);
            const int why = SSL_get_error(ssl_, got);
            if (why == SSL_ERROR_WANT_WRITE)
                wanted = POLLOUT;
            else if (why != SSL_ERROR_WANT_READ)
                return make_error(Code::unavailable, "the connection ended");
        } else {
            const ssize_t got = ::recv(fd_, out, count, 0);
            if (got > 0) return static_cast<size_t>(got);
            if (got == 0 || (errno != EAGAIN && errno != EINTR))
                return make_error(Code::unavailable, "the connection ended");
        }
        TRY(wait(wanted));
    }
}

Result<SmtpClient::Answer> SmtpClient::read_answer() {
    Answer out;
    size_t begin = 0;
    while (true) {
        const size_t end = received_.find('\n', begin);
        if (end == std::string::npos) {
            if (received_.size() > ANSWER_BYTES_MAX)
                return make_error(Code::exhausted, "an answer is longer than {} bytes", ANSWER_BYTES_MAX);
            char buffer[4096];
            const size_t got = TRY(read_some(buffer, sizeof buffer));
            received_.append(buffer, got);
            continue;
        }
        std::string_view line = std::string_view(received_).substr(begin, end - begin);
        if (line.ends_with('\r')) line.remove_suffix(1);
        const auto code = line.size() >= 3 ? parse_uint(line.substr(0, 3)) : std::nullopt;
        if (!code || *code < 200 || *code > 599) return make_error(Code::corrupt, "it does not speak SMTP");
        out.code = static_cast<int>(*code);
        const bool more = line.size() > 3 && line[3] == '-';
        const std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
        out.text += (out.text.empty() ? "" : "\n") + std::string(text);
        begin = end + 1;
        if (more) continue;
        received_.erase(0, begin);
        return out;
    }
}

Result<SmtpClient::Answer> SmtpClient::ask(std::string_view line, int hundred, std::string_view shown) {
    TRY(write_all(std::string(line) + "\r\n"));
    Answer answer = TRY(read_answer());
    if (answer.code / 100 == hundred) return answer;
    return make_error(Code::unavailable, "{}: {} {}", shown.empty() ? line : shown, answer.code, answer.text);
}

bool SmtpClient::offers(std::string_view capability) const {
    return std::any_of(capabilities_.begin(), capabilities_.end(), [&](const std::string& line) {
        return line == capability || line.starts_with(std::string(capability) + " ");
    });
}

Status SmtpClient::greet() {
    const Answer answer = TRY(ask("EHLO belfry", 2));
    capabilities_.clear();
    std::string_view rest = answer.text;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        capabilities_.push_back(upper(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

Status SmtpClient::log_in() {
    if (server_.user.empty()) return {};
    if (ssl_ == nullptr && !loopback_)
        return make_error(Code::invalid, "a password is not sent without TLS (notify.smtp_security)");
    std::string methods;
    for (const std::string& line : capabilities_)
        if (line.starts_with("AUTH ") || line.starts_with("AUTH=")) methods += line.substr(4) + " ";
    if (methods.find("PLAIN") == std::string::npos && methods.find("LOGIN") != std::string::npos) {
        TRY(ask("AUTH LOGIN", 3));
        TRY(ask(encode_base64(server_.user), 3, "AUTH LOGIN"));
        TRY(ask(encode_base64(server_.password), 2, "AUTH LOGIN"));
        return {};
    }
    const std::string secret = '\0' + server_.user + '\0' + server_.password;
    TRY(ask("AUTH PLAIN " + encode_base64(secret), 2, "AUTH PLAIN"));
    return {};
}

Status SmtpClient::send(const Mail& mail) {
    deadline_ms_ = clock_.monotonic_ms() + server_.timeout_ms;
    const auto talk = [&]() -> Status {
        const std::string from = bare(mail.from);
        if (!is_safe(from)) return make_error(Code::invalid, "the sender is no address: {}", mail.from);
        TRY(connect());
        if (server_.security == "tls") TRY(start_tls());
        const Answer hello = TRY(read_answer());
        if (hello.code != 220) return make_error(Code::unavailable, "{} {}", hello.code, hello.text);
        TRY(greet());
        if (server_.security == "starttls") {
            if (!offers("STARTTLS"))
                return make_error(Code::unavailable, "it does not offer STARTTLS (notify.smtp_security)");
            TRY(ask("STARTTLS", 2));
            received_.clear();  // nothing that came before TLS counts after it
            TRY(start_tls());
            TRY(greet());
        }
        TRY(log_in());
        TRY(ask("MAIL FROM:<" + from + ">", 2));
        for (const std::string& to : mail.to) {
            const std::string address = bare(to);
            if (!is_safe(address)) return make_error(Code::invalid, "no address: {}", to);
            TRY(ask("RCPT TO:<" + address + ">", 2));
        }
        TRY(ask("DATA", 3));
        TRY(ask(render_mail(mail) + ".", 2, "the mail"));
        (void)write_all("QUIT\r\n");
        return {};
    };
    return talk().context("{}", where());
}

}  // namespace belfry::notify
