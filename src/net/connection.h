#pragma once

#include "net/address.h"
#include "net/fwd.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace belfry::net {

/// What a protocol does with one TCP connection. All calls come on the loop's thread.
class StreamHandler {
  public:
    virtual ~StreamHandler() = default;
    /// Valid until it returns.
    virtual void on_bytes(std::string_view bytes) = 0;
    /// The peer will send no more; it may still read.
    virtual void on_end() = 0;
    /// All that was written is in the kernel's hands.
    virtual void on_written() = 0;
    /// The time set by `set_deadline_ms` has come; it is cleared before.
    virtual void on_deadline() = 0;
    /// The connection is closed: by us, by the peer or by an error. The last call.
    virtual void on_closed() = 0;
};

/// What one write sends, in this order, without copying it once more.
struct Outgoing {
    std::string head;
    std::string body;
    std::string_view static_body;  // lives for ever

    [[nodiscard]] size_t size() const { return head.size() + body.size() + static_body.size(); }
};

/// One TCP connection on a loop. It keeps itself alive until it is closed; others hold it weakly. Loop thread only, but
/// for copying and dropping pointers to it.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    /// Accepts from a listening libuv stream; null when the client is gone already.
    [[nodiscard]] static std::shared_ptr<Connection> accept(Loop& loop, void* listening_stream);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Who gets the bytes from now on. May be called from within a handler's own call: the old one is freed later.
    void set_handler(std::unique_ptr<StreamHandler> handler);
    [[nodiscard]] StreamHandler* handler() { return handler_.get(); }

    void start_reading();
    void stop_reading();
    void write(Outgoing bytes);
    /// Sends FIN after everything written.
    void end_writing();
    void close();
    [[nodiscard]] bool closing() const { return closing_; }

    /// One deadline at a time, `after_ms` from now; a new one replaces the old. Cheap: moving it later costs no heap
    /// operation.
    void set_deadline_ms(int64_t after_ms);
    void clear_deadline() { deadline_at_ms_ = 0; }
    /// Bytes handed to `write` that the kernel has not taken yet.
    [[nodiscard]] size_t unwritten_bytes() const;

    [[nodiscard]] Loop& loop() { return loop_; }
    [[nodiscard]] const Address& peer() const { return peer_; }
    [[nodiscard]] const Address& local() const { return local_; }

  private:
    struct Handles;
    struct Write;
    explicit Connection(Loop& loop);
    void on_timer();
    void release_handle();

    Loop& loop_;  // outlives this
    std::unique_ptr<Handles> handles_;
    std::unique_ptr<StreamHandler> handler_;
    std::unique_ptr<StreamHandler> former_handler_;
    std::shared_ptr<Connection> self_;  // until both libuv handles are closed
    Address peer_;
    Address local_;
    int64_t deadline_at_ms_ = 0;  // loop time; 0 = none
    int64_t timer_at_ms_ = 0;     // when the libuv timer fires; 0 = not running
    int writes_pending_ = 0;
    int handles_open_ = 2;
    bool reading_ = false;
    bool closing_ = false;
};

}  // namespace belfry::net
