#pragma once

#include "http/chunked.h"
#include "http/front_connection.h"
#include "http/head.h"
#include "http/job.h"
#include "net/connection.h"

#include <memory>
#include <string>
#include <string_view>

namespace belfry::http {

/// HTTP/1 on one connection, on the loop's thread: collects a request with its whole body, hands it to the workers,
/// writes the reply, and again. Slow senders and slow readers are waited for here, so they never hold a worker.
/// Requests that are pipelined wait in `in_` and, past a limit, in the kernel.
class Http1Connection : public FrontConnection {
  public:
    Http1Connection(net::Connection& connection, Front& front, std::shared_ptr<const Entrance> entrance);

    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_written() override;
    void on_deadline() override;
    void on_closed() override;

    void reply(Reply reply) override;
    void resume_body() override;
    void evict() override;
    [[nodiscard]] uint64_t body_bytes() const override { return lease_.bytes(); }

    static constexpr size_t PIPELINED_BYTES_MAX = 64 * 1024;
    static constexpr int64_t PART_RETRY_MS = 20;  // when the workers' queue had no room for the next part
    static constexpr int64_t LINGER_MS = 2'000;   // how long bytes are still read after the last answer, so that
    static constexpr size_t LINGER_BYTES_MAX = 1024 * 1024;  // the client sees it before a reset

  private:
    enum class State { idle, head, body, running, writing, lingering, closed };

    void receive(std::string_view bytes);
    bool sniff_first(std::string_view bytes);     // true: it is HTTP/1
    size_t receive_head(std::string_view bytes);  // each returns how many bytes it took; 0 = needs more
    size_t receive_body(std::string_view bytes);
    void begin_body();
    [[nodiscard]] bool reserve_body(uint64_t bytes_wanted);  // false: it waits, or is refused
    void submit();
    void refuse(int status, const char* reason, std::string_view message);
    void send(Reply reply);
    void send_part(Reply reply);
    void ask_for_more();
    void finish();
    void time_out(const char* kind, bool answer);

    State state_ = State::head;
    bool sniffed_ = false;
    std::string in_;      // received, not yet used
    size_t scanned_ = 0;  // of the unused bytes, for the end of the head
    RequestHead head_;
    std::string body_;
    BodyBudget::Lease lease_;
    ChunkedDecoder chunks_;
    bool body_paused_ = false;
    int64_t body_began_ms_ = 0;
    uint64_t window_bytes_ = 0;  // of the body in this body_timeout_ms
    std::shared_ptr<std::atomic<bool>> disconnected_;
    size_t unsent_ = 0;  // counted in the front
    BodyParts more_;     // of the answer under way
    bool chunked_ = false;
    bool part_begun_ = false;  // the head of the answer is out: it can only go on or be cut
    size_t unsent_at_deadline_ = 0;
    size_t lingered_ = 0;
    bool ended_ = false;  // the peer sent FIN
    bool close_after_reply_ = false;
};

}  // namespace belfry::http
