#include "ingest/agent/tcp_probe.h"

#include "http/resolve.h"

#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

namespace belfry::ingest::agent {
namespace {

struct Socket {
    int fd = -1;
    Socket(int family, int type, int protocol) : fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)) {}
    ~Socket() {
        if (fd >= 0) ::close(fd);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
};

Status wait(Clock& clock, int fd, short events, int64_t deadline_ms) {
    while (true) {
        const int64_t left_ms = deadline_ms - clock.monotonic_ms();
        if (left_ms <= 0) return make_error(Code::timeout, "timed out");
        pollfd waited{fd, events, 0};
        const int ready = ::poll(&waited, 1, static_cast<int>(std::min<int64_t>(left_ms, 1 << 30)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return errno_error("poll", errno);
    }
}

Status connect(Clock& clock, int fd, const http::ResolvedAddress& to, int64_t deadline_ms) {
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to.address), to.size) == 0) return {};
    if (errno != EINPROGRESS) return errno_error("connect", errno);
    TRY(wait(clock, fd, POLLOUT, deadline_ms));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? Status() : Status(errno_error("connect", error));
}

Result<std::string> probe_address(Clock& clock,
                                  const http::ResolvedAddress& to,
                                  size_t banner_bytes,
                                  int64_t deadline_ms) {
    const Socket socket(to.address.ss_family, SOCK_STREAM, 0);
    if (socket.fd < 0) return errno_error("socket", errno);
    TRY(connect(clock, socket.fd, to, deadline_ms));
    std::string banner;
    while (banner.size() < banner_bytes) {
        TRY(wait(clock, socket.fd, POLLIN, deadline_ms));
        char buffer[256];
        const ssize_t n = ::recv(socket.fd, buffer, std::min(sizeof buffer, banner_bytes - banner.size()), 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n < 0) return errno_error("receive", errno);
        if (n == 0) break;
        banner.append(buffer, static_cast<size_t>(n));
    }
    return banner;
}

}  // namespace

Result<std::string> probe_tcp(Clock& clock, const TcpProbe& probe) {
    const int64_t deadline_ms = clock.monotonic_ms() + probe.timeout_ms;
    const auto addresses = TRY(http::resolve(clock, probe.host, probe.port, deadline_ms));
    Error last = make_error(Code::unavailable, "{} has no address", probe.host);
    for (size_t i = 0; i < addresses.size(); ++i) {
        // time is shared among the addresses that are left: a dead one does not hide a living one
        const int64_t now_ms = clock.monotonic_ms();
        const auto left = static_cast<int64_t>(addresses.size() - i);
        auto found = probe_address(clock, addresses[i], probe.banner_bytes,
                                   now_ms + std::max<int64_t>((deadline_ms - now_ms) / left, 1));
        if (found.ok()) return found;
        last = std::move(found).error();
    }
    return last;
}

Result<DatagramAnswer> probe_datagram(Clock& clock, const DatagramProbe& probe, const std::string& bytes) {
    const int64_t deadline_ms = clock.monotonic_ms() + probe.timeout_ms;
    const auto addresses = TRY(http::resolve(clock, probe.host, probe.port, deadline_ms));
    const auto to = std::find_if(addresses.begin(), addresses.end(), [&](const http::ResolvedAddress& a) {
        return probe.protocol != IPPROTO_ICMP || a.address.ss_family == AF_INET;
    });
    if (to == addresses.end()) return make_error(Code::unavailable, "{} has no address", probe.host);
    const Socket socket(to->address.ss_family, probe.type, probe.protocol);
    if (socket.fd < 0) return errno_error("socket", errno);
    TRY(connect(clock, socket.fd, *to, deadline_ms));  // others' datagrams are not seen
    DatagramAnswer out;
    out.sent_ns = clock.now_ns();
    if (::send(socket.fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return errno_error("send", errno);
    TRY(wait(clock, socket.fd, POLLIN, deadline_ms));
    out.bytes.resize(1024);
    const ssize_t n = ::recv(socket.fd, out.bytes.data(), out.bytes.size(), 0);
    out.received_ns = clock.now_ns();
    if (n < 0) return errno_error("receive", errno);
    out.bytes.resize(static_cast<size_t>(n));
    return out;
}

}  // namespace belfry::ingest::agent
