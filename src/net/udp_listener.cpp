#include "net/udp_listener.h"

#include "net/loop.h"
#include "net/port_owner.h"
#include "net/stats.h"

#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

namespace belfry::net {
namespace {

struct RawAddress {
    sockaddr_storage storage{};
    socklen_t bytes = 0;
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<RawAddress> raw_address(const Address& address) {
    RawAddress out;
    if (::uv_ip4_addr(address.host.c_str(), address.port, reinterpret_cast<sockaddr_in*>(&out.storage)) == 0) {
        out.bytes = sizeof(sockaddr_in);
        return out;
    }
    if (::uv_ip6_addr(address.host.c_str(), address.port, reinterpret_cast<sockaddr_in6*>(&out.storage)) == 0) {
        out.bytes = sizeof(sockaddr_in6);
        return out;
    }
    return std::nullopt;
}

bool same_host(const sockaddr_storage& a, const sockaddr_storage& b) {
    if (a.ss_family != b.ss_family) return false;
    if (a.ss_family == AF_INET)
        return reinterpret_cast<const sockaddr_in&>(a).sin_addr.s_addr ==
               reinterpret_cast<const sockaddr_in&>(b).sin_addr.s_addr;
    return std::memcmp(&reinterpret_cast<const sockaddr_in6&>(a).sin6_addr,
                       &reinterpret_cast<const sockaddr_in6&>(b).sin6_addr, sizeof(in6_addr)) == 0;
}

}  // namespace

struct UdpListener::Handle {
    // What one system call fills. Pages of the buffer that no datagram reaches are never touched.
    struct Batch {
        std::unique_ptr<char[]> bytes{new char[BATCH_DATAGRAMS * DATAGRAM_BYTES_MAX]};
        std::array<iovec, BATCH_DATAGRAMS> vectors{};
        std::array<sockaddr_storage, BATCH_DATAGRAMS> peers{};
        std::array<std::array<char, CMSG_SPACE(sizeof(uint32_t))>, BATCH_DATAGRAMS> controls{};
        std::array<mmsghdr, BATCH_DATAGRAMS> messages{};
    };

    uv_poll_t poll{};
    int fd = -1;
    Events events;
    Batch batch;
    uint32_t dropped_seen = 0;  // the kernel's count, which wraps around
    sockaddr_storage last_peer{};
    std::string last_sender;

    explicit Handle(Events e) : events(std::move(e)) {}
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (fd >= 0) ::close(fd);
    }

    // Any thread, before the handle is on the loop. 0 or an errno.
    int bind_socket(const Address& wanted, Address* bound) {
        std::optional<RawAddress> raw = raw_address(wanted);
        if (!raw) return EINVAL;
        fd = ::socket(raw->get()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) return errno;
        const int on = 1;
        (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &SOCKET_BUFFER_BYTES, sizeof SOCKET_BUFFER_BYTES);
        (void)::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
        if (::bind(fd, raw->get(), raw->bytes) != 0) return errno;
        if (::getsockname(fd, raw->get(), &raw->bytes) != 0) return errno;
        *bound = Address::of(raw->get());
        return 0;
    }

    int start(Loop& loop) {
        if (const int rc = ::uv_poll_init(loop.handle(), &poll, fd); rc != 0) return rc;
        poll.data = this;
        const int rc = ::uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* p, int status, int) {
            if (status == 0) static_cast<Handle*>(p->data)->read();
        });
        INVARIANT(rc == 0, "libuv watches a socket that it has just taken");
        return 0;
    }

    void prepare() {
        for (size_t i = 0; i < BATCH_DATAGRAMS; i++) {
            batch.vectors[i] = {batch.bytes.get() + i * DATAGRAM_BYTES_MAX, DATAGRAM_BYTES_MAX};
            batch.messages[i].msg_hdr = {.msg_name = &batch.peers[i],
                                         .msg_namelen = sizeof batch.peers[i],
                                         .msg_iov = &batch.vectors[i],
                                         .msg_iovlen = 1,
                                         .msg_control = batch.controls[i].data(),
                                         .msg_controllen = batch.controls[i].size(),
                                         .msg_flags = 0};
        }
    }

    void count_drops(msghdr& header) {
        for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
            if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL) continue;
            uint32_t total = 0;
            std::memcpy(&total, CMSG_DATA(c), sizeof total);
            const uint32_t more = total - dropped_seen;
            dropped_seen = total;
            if (more == 0) continue;
            datagrams_dropped_total.add(more);
            events.on_dropped(more);
        }
    }

    const std::string& sender_of(const sockaddr_storage& peer) {
        if (last_sender.empty() || !same_host(peer, last_peer)) {
            last_peer = peer;
            last_sender = Address::of(reinterpret_cast<const sockaddr*>(&peer)).host;
        }
        return last_sender;
    }

    void read() {
        for (int turn = 0; turn < BATCHES_A_TURN; turn++) {
            prepare();
            const int count = ::recvmmsg(fd, batch.messages.data(), BATCH_DATAGRAMS, MSG_DONTWAIT, nullptr);
            if (count <= 0) return;  // nothing left; an ICMP error of a peer is none of ours
            hand_on(static_cast<size_t>(count));
            if (static_cast<size_t>(count) < BATCH_DATAGRAMS) return;
        }
    }

    void hand_on(size_t count) {
        datagrams_total.add(count);
        Datagrams out;
        for (size_t i = 0; i < count; i++) {
            count_drops(batch.messages[i].msg_hdr);
            const std::string& sender = sender_of(batch.peers[i]);
            if (out.count() > 0 && out.sender != sender) events.on_datagrams(std::exchange(out, {}));
            if (out.count() == 0) out.sender = sender;
            out.bytes.append(batch.bytes.get() + i * DATAGRAM_BYTES_MAX, batch.messages[i].msg_len);
            out.ends.push_back(static_cast<uint32_t>(out.bytes.size()));
        }
        datagram_bytes_total.add(out.bytes.size());
        if (out.count() > 0) events.on_datagrams(std::move(out));
    }

    void close() {
        ::uv_close(reinterpret_cast<uv_handle_t*>(&poll),
                   [](uv_handle_t* raw) { delete static_cast<Handle*>(raw->data); });
    }
};

Result<std::unique_ptr<UdpListener>> UdpListener::open(Loop& loop, const Address& address, Events events) {
    auto handle = std::make_unique<Handle>(std::move(events));
    Address bound;
    if (const int error = handle->bind_socket(address, &bound); error != 0) {
        if (error != EADDRINUSE)
            return make_error(Code::unavailable, "listen on udp {}: {}", address.to_string(), ::strerror(error));
        const auto owner = find_udp_port_owner(address.port);
        return make_error(
            Code::unavailable, "listen on udp {}: {}; stop it, or choose another port", address.to_string(),
            owner ? fmt::format("pid {} ({}) has it", owner->pid, owner->name) : std::string("another process has it"));
    }
    int rc = UV_ECANCELED;
    loop.run([&] { rc = handle->start(loop); });
    if (rc != 0) return make_error(Code::unavailable, "listen on udp {}: {}", address.to_string(), ::uv_strerror(rc));
    std::unique_ptr<UdpListener> out(new UdpListener(loop, handle.release()));
    out->address_ = bound;
    return out;
}

UdpListener::~UdpListener() {
    loop_.run([handle = handle_] { handle->close(); });
}

}  // namespace belfry::net
