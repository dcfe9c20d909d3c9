#include "net/listener.h"

#include "net/connection.h"
#include "net/loop.h"
#include "net/port_owner.h"

#include <sys/socket.h>
#include <uv.h>

namespace belfry::net {

struct TcpListener::Handle {
    uv_tcp_t tcp{};
    Loop* loop = nullptr;
    OnAccept on_accept;

    /// Returns a libuv error code; on success `bound` is where it listens.
    int listen(const Address& wanted, Address* bound) {
        sockaddr_storage raw{};
        auto* address = reinterpret_cast<sockaddr*>(&raw);
        if (::uv_ip4_addr(wanted.host.c_str(), wanted.port, reinterpret_cast<sockaddr_in*>(&raw)) != 0) {
            const int rc = ::uv_ip6_addr(wanted.host.c_str(), wanted.port, reinterpret_cast<sockaddr_in6*>(&raw));
            if (rc != 0) return rc;
        }
        if (const int rc = ::uv_tcp_bind(&tcp, address, 0); rc != 0) return rc;
        const auto on_connection = [](uv_stream_t* server, int status) {
            if (status < 0) return;
            auto& self = *static_cast<Handle*>(server->data);
            if (auto connection = Connection::accept(*self.loop, server)) self.on_accept(std::move(connection));
        };
        if (const int rc = ::uv_listen(reinterpret_cast<uv_stream_t*>(&tcp), BACKLOG, on_connection); rc != 0)
            return rc;
        int bytes = sizeof raw;
        if (const int rc = ::uv_tcp_getsockname(&tcp, address, &bytes); rc != 0) return rc;
        *bound = Address::of(address);
        return 0;
    }
    void close() {
        ::uv_close(reinterpret_cast<uv_handle_t*>(&tcp),
                   [](uv_handle_t* raw) { delete static_cast<Handle*>(raw->data); });
    }
};

namespace {

Error listen_error(const Address& address, int rc) {
    if (rc == UV_EADDRINUSE) {
        const auto owner = find_port_owner(address.port);
        const std::string who =
            owner ? fmt::format("pid {} ({}) has it", owner->pid, owner->name) : "another process has it";
        return make_error(Code::unavailable, "listen on {}: {}; stop it, or choose another port", address.to_string(),
                          who);
    }
    if (rc == UV_EACCES)
        return make_error(Code::unavailable,
                          "listen on {}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE",
                          address.to_string());
    if (rc == UV_EADDRNOTAVAIL)
        return make_error(Code::invalid, "listen on {}: this machine has no such address", address.to_string());
    return make_error(Code::unavailable, "listen on {}: {}", address.to_string(), ::uv_strerror(rc));
}

}  // namespace

Result<std::unique_ptr<TcpListener>> TcpListener::open(Loop& loop, const Address& address, OnAccept on_accept) {
    std::unique_ptr<TcpListener> out(new TcpListener(loop, new Handle{{}, &loop, std::move(on_accept)}));
    int rc = UV_ECANCELED;
    loop.run([&] {
        ::uv_tcp_init(loop.handle(), &out->handle_->tcp);
        out->handle_->tcp.data = out->handle_;
        rc = out->handle_->listen(address, &out->address_);
    });
    if (rc != 0) return listen_error(address, rc);
    return out;
}

TcpListener::~TcpListener() {
    loop_.run([handle = handle_] { handle->close(); });
}

}  // namespace belfry::net
