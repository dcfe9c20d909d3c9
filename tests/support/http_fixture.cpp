#include "support/http_fixture.h"

#include "base/number.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace belfry::tests {

Result<http::Identity> TableAuthenticator::authenticate(const http::Request& request) {
    std::string key;
    std::string session;
    if (const std::string_view header = request.header("authorization"); !header.empty()) {
        if (!header.starts_with("Bearer ")) return make_error(Code::invalid, "unknown scheme");
        key = header.substr(7);
    } else if (const auto cookie = request.cookie("session")) {
        key = session = std::string(*cookie);
    } else {
        return http::Identity{};
    }
    const auto found = keys.find(key);
    if (found == keys.end()) {
        if (!session.empty()) return http::Identity{};
        return make_error(Code::invalid, "wrong key");
    }
    http::Identity out = found->second;
    out.session_id = session;
    return out;
}

bool TableAuthenticator::csrf_fits(const http::Request& request, const http::Identity& identity) {
    return request.header("x-belfry-csrf") == std::string(identity.session_id.rbegin(), identity.session_id.rend());
}

RawClient::RawClient(uint16_t port, int receive_buffer_bytes) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer_bytes > 0)
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd_);
        fd_ = -1;
    }
}

RawClient::~RawClient() {
    if (fd_ >= 0) ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
}

void RawClient::end() {
    ::shutdown(fd_, SHUT_WR);
}

bool RawClient::fill() {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, 10'000) != 1) return false;
    char buffer[65536];
    const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    buffered_.append(buffer, static_cast<size_t>(count));
    return true;
}

RawClient::Answer RawClient::receive(bool head_only) {
    Answer out;
    size_t head_end = 0;
    while ((head_end = buffered_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return out;
    out.head = buffered_.substr(0, head_end + 4);
    buffered_.erase(0, head_end + 4);
    std::string_view rest = out.head;
    out.status = static_cast<int>(parse_int(rest.substr(9, 3)).value_or(0));
    rest.remove_prefix(rest.find("\r\n") + 2);
    while (rest != "\r\n") {
        const size_t end = rest.find("\r\n");
        const size_t colon = rest.find(':');
        std::string name(rest.substr(0, colon));
        for (char& c : name)
            c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        out.headers[name] = rest.substr(colon + 2, end - colon - 2);
        rest.remove_prefix(end + 2);
    }
    if (head_only) return out;
    if (out.headers["transfer-encoding"] == "chunked") {
        for (;;) {
            size_t line_end = 0;
            while ((line_end = buffered_.find("\r\n")) == std::string::npos)
                if (!fill()) return {};
            const size_t size = std::stoul(buffered_.substr(0, line_end), nullptr, 16);
            while (buffered_.size() < line_end + 4 + size)
                if (!fill()) return {};
            out.body += buffered_.substr(line_end + 2, size);
            buffered_.erase(0, line_end + 4 + size);
            if (size == 0) return out;
        }
    }
    if (!out.headers.contains("content-length")) return out;
    const auto length = static_cast<size_t>(parse_uint(out.headers["content-length"]).value_or(0));
    while (buffered_.size() < length)
        if (!fill()) return {};
    out.body = buffered_.substr(0, length);
    buffered_.erase(0, length);
    return out;
}

RawClient::Answer RawClient::ask(std::string_view bytes, bool head_only) {
    send(bytes);
    return receive(head_only);
}

bool RawClient::closed_by_peer(std::string* rest) {
    for (;;) {
        pollfd ready{fd_, POLLIN, 0};
        if (::poll(&ready, 1, 10'000) != 1) return false;
        if (fill()) continue;
        if (rest != nullptr) *rest = buffered_;
        return true;
    }
}

HttpFixture::HttpFixture() {
    config.workers = 2;
}
HttpFixture::~HttpFixture() = default;

void HttpFixture::start() {
    auto server = http::Server::start({config, policy, router, authenticator, files, system_clock()});
    server_ = std::move(server).value();
    port_ = server_->open({"main", {"127.0.0.1", 0}, ""}).value()->address.port;
}

RawClient::Answer HttpFixture::get(const std::string& path, const std::string& extra_headers) const {
    return client().ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + extra_headers + "\r\n");
}

RawClient::Answer HttpFixture::post(const std::string& path,
                                    std::string_view body,
                                    const std::string& extra_headers) const {
    return client().ask("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n" + extra_headers + "\r\n" + std::string(body));
}

bool eventually(const std::function<bool()>& condition) {
    const int64_t until_ms = system_clock().monotonic_ms() + 10'000;
    while (!condition()) {
        if (system_clock().monotonic_ms() > until_ms) return false;
        ::poll(nullptr, 0, 1);
    }
    return true;
}

}  // namespace belfry::tests
