#include "http/fetch.h"

#include "base/ascii.h"
#include "base/number.h"
#include "http/chunked.h"
#include "http/resolve.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace belfry::http {
namespace {

std::string_view trimmed(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t'))
        s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t' || s.back() == '\r'))
        s.remove_suffix(1);
    return s;
}

bool is_literal_address(const std::string& host) {
    in6_addr six{};
    in_addr four{};
    return ::inet_pton(AF_INET, host.c_str(), &four) == 1 || ::inet_pton(AF_INET6, host.c_str(), &six) == 1;
}

// Status and headers of "HTTP/1.1 200 OK\r\nName: value\r\n...".
Result<FetchResponse> parse_head(std::string_view head, bool* http_1_0) {
    FetchResponse out;
    size_t end = std::min(head.find('\n'), head.size());
    const std::string_view first = head.substr(0, end);
    const bool shaped = (first.starts_with("HTTP/1.1 ") || first.starts_with("HTTP/1.0 ")) && first.size() >= 12;
    const auto status = shaped ? parse_uint(first.substr(9, 3)) : std::nullopt;
    if (!status || *status < 100 || *status > 599)
        return make_error(Code::corrupt, "the answer is not HTTP: {:?}", std::string(first.substr(0, 40)));
    *http_1_0 = first[7] == '0';
    out.status = static_cast<int>(*status);
    while (end < head.size()) {
        head.remove_prefix(end + 1);
        end = std::min(head.find('\n'), head.size());
        const std::string_view line = head.substr(0, end);
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        out.headers.emplace_back(lower(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
    }
    return out;
}

}  // namespace

std::string_view FetchResponse::header(std::string_view lower_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_name) return value;
    return {};
}

FetchConnection::FetchConnection(Clock& clock, Url url, std::shared_ptr<TlsClient> tls, int cancel_fd)
    : clock_(clock), url_(std::move(url)), tls_(std::move(tls)), cancel_fd_(cancel_fd) {}

FetchConnection::~FetchConnection() {
    close();
}

void FetchConnection::close() {
    if (ssl_ != nullptr) SSL_free(ssl_);
    ssl_ = nullptr;
    context_.reset();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

Status FetchConnection::wait(short events, int64_t deadline_ms) {
    while (true) {
        const int64_t left_ms = deadline_ms - clock_.monotonic_ms();
        if (left_ms <= 0) return make_error(Code::timeout, "{}: no answer in time", url_.authority());
        pollfd fds[2] = {{fd_, events, 0}, {cancel_fd_, POLLIN, 0}};
        const int ready = ::poll(fds, cancel_fd_ < 0 ? 1 : 2, static_cast<int>(std::min<int64_t>(left_ms, 1 << 30)));
        if (ready < 0 && errno != EINTR) return errno_error("poll", errno);
        if (ready > 0 && cancel_fd_ >= 0 && fds[1].revents != 0)
            return make_error(Code::unavailable, "given up at the stop");
        if (ready > 0 && fds[0].revents != 0) return {};
    }
}

Status FetchConnection::connect(int64_t deadline_ms) {
    const std::vector<ResolvedAddress> addresses = TRY(resolve(clock_, url_.host, url_.port, deadline_ms));
    std::optional<Error> last;
    for (size_t i = 0; i < addresses.size(); i++) {
        const auto& address = addresses[i];
        if (admit_) {
            if (Status may = admit_(address.address); !may.ok()) {
                last = std::move(may).error().context("{}", url_.authority());
                continue;
            }
        }
        fd_ = ::socket(address.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd_ < 0) return errno_error("socket", errno);
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        int error = 0;
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address.address), address.size) != 0) {
            error = errno;
            if (error == EINPROGRESS) {
                // Time is shared among the addresses that are left: a dead one does not hide a living one.
                const int64_t now_ms = clock_.monotonic_ms();
                const auto left = static_cast<int64_t>(addresses.size() - i);
                if (Status ready = wait(POLLOUT, now_ms + std::max<int64_t>((deadline_ms - now_ms) / left, 1));
                    !ready.ok()) {
                    last = make_error(ready.error().code, "{}: nobody answers there in time", url_.authority());
                    close();
                    continue;
                }
                socklen_t size = sizeof error;
                error = 0;
                ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
            }
        }
        if (error == 0) return {};
        last = make_error(Code::unavailable, "{}: nobody answers there: {}", url_.authority(),
                          std::error_code(error, std::generic_category()).message());
        close();
    }
    return last ? *last : make_error(Code::unavailable, "{} has no address", url_.host);
}

Status FetchConnection::start_tls(int64_t deadline_ms) {
    INVARIANT(tls_ != nullptr, "https needs its options");
    context_ = TRY(tls_->context(clock_.monotonic_ms()));
    ERR_clear_error();
    ssl_ = SSL_new(context_.get());
    SSL_set_fd(ssl_, fd_);
    const TlsOptions& options = tls_->options();
    const std::string& name = options.server_name.empty() ? url_.host : options.server_name;
    if (is_literal_address(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), name.c_str());
    } else {
        SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
        SSL_set1_host(ssl_, name.c_str());
    }
    while (true) {
        const int done = SSL_connect(ssl_);
        if (done == 1) return {};
        const int why = SSL_get_error(ssl_, done);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
            if (Status ready = wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms); !ready.ok())
                return ready;
            continue;
        }
        const long verified = SSL_get_verify_result(ssl_);
        const char* reason = verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                                   : ERR_reason_error_string(ERR_peek_last_error());
        ERR_clear_error();
        return make_error(Code::unavailable, "{}: TLS: {}", url_.authority(),
                          reason == nullptr ? "the connection ended" : reason);
    }
}

Result<int64_t> FetchConnection::certificate_end_ms(int64_t timeout_ms) {
    const int64_t deadline_ms = clock_.monotonic_ms() + timeout_ms;
    close();
    Status done = connect(deadline_ms);
    if (done.ok()) done = start_tls(deadline_ms);
    std::tm end{};
    if (done.ok()) {
        X509* certificate = SSL_get1_peer_certificate(ssl_);
        if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1)
            done = make_error(Code::corrupt, "{} shows no certificate with an end", url_.authority());
        X509_free(certificate);
    }
    close();
    if (!done.ok()) return done.error();
    return static_cast<int64_t>(timegm(&end)) * 1'000;
}

Status FetchConnection::write_all(std::string_view bytes, int64_t deadline_ms) {
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
                return make_error(Code::unavailable, "{}: the connection ended while sending", url_.authority());
        } else {
            sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN && errno != EINTR)
                return make_error(Code::unavailable, "{}: the connection ended while sending", url_.authority());
        }
        if (sent > 0) {
            bytes.remove_prefix(static_cast<size_t>(sent));
            continue;
        }
        if (Status ready = wait(wanted, deadline_ms); !ready.ok()) return ready;
    }
    return {};
}

Result<size_t> FetchConnection::read_some(char* out, size_t count, int64_t deadline_ms) {
    while (true) {
        short wanted = POLLIN;
        if (ssl_ != nullptr) {
            ERR_clear_error();
            const int got = SSL_read(ssl_, out, static_cast<int>(std::min<size_t>(count, 1 << 20)));
            if (got > 0) return static_cast<size_t>(got);
            const int why = SSL_get_error(ssl_, got);
            if (why == SSL_ERROR_ZERO_RETURN) return size_t{0};
            if (why == SSL_ERROR_WANT_WRITE)
                wanted = POLLOUT;
            else if (why != SSL_ERROR_WANT_READ)
                return make_error(Code::unavailable, "{}: the connection ended in the answer", url_.authority());
        } else {
            const ssize_t got = ::recv(fd_, out, count, 0);
            if (got >= 0) return static_cast<size_t>(got);
            if (errno != EAGAIN && errno != EINTR)
                return make_error(Code::unavailable, "{}: the connection ended in the answer", url_.authority());
        }
        if (Status ready = wait(wanted, deadline_ms); !ready.ok()) return ready.error();
    }
}

Result<FetchResponse> FetchConnection::send(const FetchRequest& request) {
    const int64_t start_ms = clock_.monotonic_ms();
    const int64_t deadline_ms = start_ms + request.timeout_ms;
    for (int round = 0;; round++) {
        const bool kept = fd_ >= 0;
        if (!kept) {
            const int64_t connect_ms = std::min(deadline_ms, start_ms + request.connect_timeout_ms);
            Status connected = connect(connect_ms);
            if (connected.ok() && url_.scheme == "https") connected = start_tls(deadline_ms);
            if (!connected.ok()) {
                close();
                return std::move(connected).error();
            }
        }
        bool untouched = true;  // no byte of an answer was seen
        Result<FetchResponse> answer = exchange(request, deadline_ms, &untouched);
        if (answer.ok()) return answer;
        close();
        // The server may have let go of a kept connection just now; on a new one it is asked once more.
        const bool again = kept && untouched && round == 0 && answer.error().code == Code::unavailable;
        if (!again) return answer;
    }
}

Status FetchConnection::read_head(int64_t deadline_ms, std::string& head, std::string& rest, bool* untouched) {
    head = std::move(rest);
    rest.clear();
    char buffer[16 << 10];
    size_t searched = 0;
    while (true) {
        // Lenient at the line ends: some servers of metrics write "\n\n".
        const size_t strict = head.find("\r\n\r\n", searched);
        const size_t loose = head.find("\n\n", searched);
        const size_t end = std::min(strict, loose);
        if (end != std::string::npos) {
            const size_t body = end + (end == strict ? 4 : 2);
            rest = head.substr(body);
            head.resize(end);
            return {};
        }
        if (head.size() > HEAD_BYTES_MAX)
            return make_error(Code::exhausted, "{}: the head of the answer is longer than {} bytes", url_.authority(),
                              HEAD_BYTES_MAX);
        searched = head.size() < 3 ? 0 : head.size() - 3;
        const size_t got = TRY(read_some(buffer, sizeof buffer, deadline_ms));
        if (got == 0)
            return make_error(Code::unavailable, "{}: the connection ended before the answer", url_.authority());
        *untouched = false;
        head.append(buffer, got);
    }
}

Result<FetchResponse> FetchConnection::exchange(const FetchRequest& request, int64_t deadline_ms, bool* untouched) {
    std::string out = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.target, url_.authority());
    for (const auto& [name, value] : request.headers)
        fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, value);
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", request.body.size());
    out += "\r\n";
    out += request.body;
    if (Status sent = write_all(out, deadline_ms); !sent.ok()) return std::move(sent).error();

    std::string head;
    std::string rest;
    bool http_1_0 = false;
    FetchResponse response;
    do {  // 1xx answers come before the real one
        if (Status read = read_head(deadline_ms, head, rest, untouched); !read.ok()) return std::move(read).error();
        Result<FetchResponse> parsed = parse_head(head, &http_1_0);
        if (!parsed.ok()) return std::move(parsed).error().context("{}", url_.authority());
        response = std::move(parsed).value();
    } while (response.status < 200);

    const std::string connection = lower(response.header("connection"));
    const bool keep = http_1_0 ? connection == "keep-alive" : connection.find("close") == std::string::npos;
    const bool chunked = lower(response.header("transfer-encoding")).find("chunked") != std::string::npos;
    const std::optional<uint64_t> length = parse_uint(response.header("content-length"));
    const bool empty = request.method == "HEAD" || response.status == 204 || response.status == 304;
    std::string& body = response.body;
    const auto too_long = [&] {
        return make_error(Code::exhausted, "{}: the answer is longer than {} bytes", url_.authority(),
                          request.body_bytes_max);
    };
    const auto grow = [&](size_t more) -> Status {
        if (body.size() + more > request.body_bytes_max) return too_long();
        if (request.may_grow && !request.may_grow(more))
            return make_error(Code::exhausted, "{}: too many bytes of answers are held at the same time",
                              url_.authority());
        return {};
    };
    if (empty) {
        if (!keep) close();
        return response;
    }
    const bool streamed = request.receive && response.status / 100 == 2;
    if (!streamed && !chunked && length && *length > request.body_bytes_max) return too_long();
    uint64_t handed_on = 0;
    ChunkedDecoder decoder;
    std::vector<char> buffer(64 << 10);
    std::string_view fresh = rest;
    while (true) {
        bool done = false;
        bool clean = keep;
        if (!streamed)
            if (Status may = grow(fresh.size()); !may.ok()) return std::move(may).error();
        if (chunked) {
            size_t taken = 0;
            const auto state = decoder.feed(fresh, &taken, request.body_bytes_max, &body);
            if (decoder.too_large()) return too_long();
            if (state == ChunkedDecoder::State::bad)
                return make_error(Code::corrupt, "{}: the answer's chunks are malformed", url_.authority());
            done = state == ChunkedDecoder::State::done;
            clean = clean && taken == fresh.size();
        } else {
            body.append(fresh.substr(0, length ? *length - handed_on - body.size() : fresh.size()));
            done = length && handed_on + body.size() >= *length;
        }
        if (streamed) {
            handed_on += body.size();
            if (!body.empty() && !request.receive(body))
                return make_error(Code::unavailable, "{}: the answer was given up", url_.authority());
            body.clear();
            deadline_ms = clock_.monotonic_ms() + request.timeout_ms;
        }
        if (done) {
            if (!clean) close();
            return response;
        }
        const size_t got = TRY(read_some(buffer.data(), buffer.size(), deadline_ms));
        if (got == 0) {
            if (chunked || length)
                return make_error(Code::unavailable, "{}: the connection ended in the answer", url_.authority());
            close();
            return response;  // the end of the connection was the end of the body
        }
        fresh = {buffer.data(), got};
    }
}

}  // namespace belfry::http
