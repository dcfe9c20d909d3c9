#pragma once

#include "base/result.h"
#include "net/address.h"
#include "net/fwd.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::net {

/// Datagrams that one sender sent one after the other.
struct Datagrams {
    std::string bytes;           // of all, back to back
    std::vector<uint32_t> ends;  // of each in `bytes`
    std::string sender;          // its address, without the port

    [[nodiscard]] size_t count() const { return ends.size(); }
};

/// A UDP socket on a loop. It reads many datagrams a call and hands them on in batches; what the kernel had to drop,
/// because nobody read in time, is counted by the kernel itself (SO_RXQ_OVFL). Opened and closed from other threads;
/// the callbacks run on the loop.
class UdpListener {
  public:
    struct Events {
        std::function<void(Datagrams)> on_datagrams;
        std::function<void(uint64_t)> on_dropped;  // so many more were lost in the kernel
    };

    /// Port 0 takes a free one (`address()` tells which). A busy port is `unavailable` and names who has it.
    [[nodiscard]] static Result<std::unique_ptr<UdpListener>> open(Loop& loop, const Address& address, Events events);
    /// Closes, and waits until no callback will come any more.
    ~UdpListener();
    UdpListener(const UdpListener&) = delete;
    UdpListener& operator=(const UdpListener&) = delete;

    [[nodiscard]] const Address& address() const { return address_; }

    static constexpr size_t DATAGRAM_BYTES_MAX = 64 * 1024;  // more than IP can carry, so that none is cut
    static constexpr size_t BATCH_DATAGRAMS = 32;            // of one system call
    static constexpr int BATCHES_A_TURN = 8;                 // then the loop looks at its other sockets
    /// Asked of the kernel, which may give less (net.core.rmem_max).
    static constexpr int SOCKET_BUFFER_BYTES = 8 << 20;

  private:
    struct Handle;
    UdpListener(Loop& loop, Handle* handle) : loop_(loop), handle_(handle) {}

    Loop& loop_;      // outlives this
    Handle* handle_;  // frees itself on the loop
    Address address_;
};

}  // namespace belfry::net
