#pragma once

#include "http/front_connection.h"
#include "http/http2_session.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace belfry::http {

/// HTTP/2 on one connection, on the loop's thread: collects the requests of its streams with their whole bodies, hands
/// them to the workers, writes the replies. The limits are those of HTTP/1 (bodies, memory, deadlines, minimum rate),
/// each for a stream, and those of `Http2Limits`.
class Http2Connection : public FrontConnection, private Http2Session::Owner {
  public:
    Http2Connection(net::Connection& connection, Front& front, std::shared_ptr<const Entrance> entrance);

    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_written() override;
    void on_deadline() override;
    void on_closed() override;

    void reply(Reply reply) override;
    void resume_body() override;
    void evict() override;
    [[nodiscard]] uint64_t body_bytes() const override;

    static constexpr size_t WRITE_BYTES = 256 * 1024;  // what is framed at once, and in the kernel's queue at most
    static constexpr int64_t TICK_MS_MAX = 1'000;      // how often the streams' deadlines are looked at

  private:
    /// A request under way.
    struct Exchange {
        RequestHead head;
        std::string body;
        BodyBudget::Lease lease;
        enum class State { body, running, answering } state = State::body;
        std::shared_ptr<std::atomic<bool>> disconnected;
        bool grpc = false;
        int64_t began_ms = 0;
        int64_t window_ms = 0;  // when the present span of the minimum rate began; of an answer: of its last progress
        uint64_t window_bytes = 0;
        uint64_t sent_bytes = 0;
        size_t unsent = 0;     // counted in the front
        BodyParts more;        // of the answer under way
        bool drained = false;  // the next part is wanted
        bool begun = false;    // the answer can only go on or be cut
    };

    bool on_head(int32_t stream, RequestHead head) override;
    void on_bad_head(int32_t stream, const Refusal& refusal, bool grpc) override;
    bool on_body(int32_t stream, std::string_view bytes) override;
    void on_end(int32_t stream) override;
    void on_drained(int32_t stream) override;
    void on_gone(int32_t stream) override;

    Exchange* find(int32_t stream);
    void feed(std::string_view bytes);
    void submit(int32_t stream, Exchange& exchange);
    void refuse(int32_t stream, int status, const char* reason, std::string_view message);
    void answer(int32_t stream, Exchange& exchange, Response response);
    void go_on(int32_t stream, Exchange& exchange, Reply part);
    void ask_for_more(int32_t stream, Exchange& exchange);
    void release(Exchange& exchange);
    void check_stream(int32_t stream, Exchange& exchange, int64_t now_ms);
    void pump();
    void settle();  // standing, deadline and end, after anything happened
    [[nodiscard]] int64_t now_ms() const;
    [[nodiscard]] int64_t tick_ms() const;

    Http2Session session_;
    std::unordered_map<int32_t, Exchange> exchanges_;
    std::string in_;       // received while paused
    size_t jobs_out_ = 0;  // with the workers, those of streams that are gone too
    bool paused_ = false;  // waits for memory
    int64_t paused_since_ms_ = 0;
    bool inside_ = false;  // the session calls us: no second pump
    bool writing_ = false;
    size_t unwritten_at_tick_ = 0;
    int64_t write_progress_ms_ = 0;
    bool ended_ = false;    // the peer sent FIN
    bool leaving_ = false;  // GOAWAY was sent
    bool idle_ = false;
    bool deadline_set_ = false;
};

}  // namespace belfry::http
