#pragma once

#include "base/result.h"
#include "net/address.h"
#include "net/fwd.h"

#include <functional>
#include <memory>

namespace belfry::net {

/// A listening TCP socket on a loop: any protocol. Opened and closed from other threads; `on_accept` runs on the loop
/// and gives the connection its handler.
class TcpListener {
  public:
    using OnAccept = std::function<void(std::shared_ptr<Connection>)>;

    /// Port 0 takes a free one (`address()` tells which). A busy port is `unavailable` and names who has it.
    [[nodiscard]] static Result<std::unique_ptr<TcpListener>> open(Loop& loop,
                                                                   const Address& address,
                                                                   OnAccept on_accept);
    /// Closes, and waits until it is closed.
    ~TcpListener();
    TcpListener(const TcpListener&) = delete;
    TcpListener& operator=(const TcpListener&) = delete;

    [[nodiscard]] const Address& address() const { return address_; }

    /// Connections the kernel keeps until the loop takes them: a burst of agents after a restart.
    static constexpr int BACKLOG = 4096;

  private:
    struct Handle;
    TcpListener(Loop& loop, Handle* handle) : loop_(loop), handle_(handle) {}

    Loop& loop_;      // outlives this
    Handle* handle_;  // frees itself on the loop
    Address address_;
};

}  // namespace belfry::net
