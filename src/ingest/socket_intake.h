#pragma once

#include "base/bounded_queue.h"
#include "ingest/receiver_stats.h"
#include "ingest/socket_intake_config.h"
#include "net/framed_stream.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/udp_listener.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest {

/// The sockets of one protocol (UDP, TCP lines, TCP with sizes) on a loop of their own, and what they received, in a
/// queue with a limit that one thread drains. A full queue makes streams wait and drops datagrams, counted.
class SocketIntake {
  public:
    /// What came in one piece.
    struct Chunk {
        enum class Kind { datagrams, lines, sized };
        Kind kind = Kind::lines;
        std::string bytes;
        std::vector<uint32_t> ends;  // of datagrams
        std::string sender;

        /// The next message from `at` on, which is moved behind it: a datagram, a block of whole lines or what stood
        /// behind a size. False at the end.
        [[nodiscard]] bool next(size_t& at, std::string_view& message) const;
    };

    struct MessageLimit {
        uint64_t bytes_max = 0;
        std::string_view key;  // of the configuration; lives for ever
    };

    /// `section` is that of the limits' keys: "graphite". Stats outlive this.
    [[nodiscard]] static Result<std::unique_ptr<SocketIntake>> start(std::string section,
                                                                     SocketLimits limits,
                                                                     ReceiverStats& stats);
    /// Closes the doors and drops what waits.
    ~SocketIntake();
    SocketIntake(const SocketIntake&) = delete;
    SocketIntake& operator=(const SocketIntake&) = delete;

    /// Listen at "host:port"; "" opens nothing. What could not be opened is a warning in the log and stands in
    /// `listens_on`. Before the draining thread starts. The address with the port that was taken.
    std::optional<net::Address> open_udp(std::string_view address);
    std::optional<net::Address> open_tcp(std::string_view address, net::Framing framing, MessageLimit limit);
    /// "tcp 127.0.0.1:2003, udp 127.0.0.1:2003", also what is not open and why.
    [[nodiscard]] std::string listens_on() const;

    /// One thread: the next chunk; nothing within `wait_ms`, or when the doors are closed and all was taken.
    [[nodiscard]] std::optional<Chunk> next(int64_t wait_ms);
    /// No more comes in; what waits can be taken. Any thread but the loop's.
    void close_doors();
    [[nodiscard]] bool closed() const { return queue_.closed(); }

    static constexpr size_t CHUNKS_MAX = 65'536;

  private:
    SocketIntake(std::string section, SocketLimits limits, ReceiverStats& stats);
    void take_datagrams(net::Datagrams datagrams);
    void accept(const std::shared_ptr<net::Connection>& connection,
                const std::shared_ptr<const net::FramedStreamOptions>& options);
    [[nodiscard]] bool push(Chunk chunk);
    void add_door(std::string_view kind, const Result<net::Address>& opened, std::string_view wanted);

    const std::string section_;
    const SocketLimits limits_;
    ReceiverStats& stats_;
    BoundedQueue<Chunk> queue_{CHUNKS_MAX};
    std::atomic<uint64_t> waiting_bytes_{0};
    uint64_t connections_ = 0;  // loop thread
    std::vector<std::string> doors_;
    std::unique_ptr<net::Loop> loop_;
    std::vector<std::unique_ptr<net::UdpListener>> udp_;
    std::vector<std::unique_ptr<net::TcpListener>> tcp_;
};

}  // namespace belfry::ingest
