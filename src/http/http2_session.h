#pragma once

#include "http/head.h"
#include "http/message.h"
#include "http/token_bucket.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct nghttp2_session;

namespace belfry::http {

/// RFC 9113, 7.
enum class Http2Code : uint32_t {
    no_error = 0x0,
    protocol_error = 0x1,
    internal_error = 0x2,
    refused_stream = 0x7,
    cancel = 0x8,
    enhance_your_calm = 0xb,
};

struct Http2Limits {
    uint32_t streams_max = 128;
    uint64_t head_bytes_max = 64 * 1024;  // names and values of one request, and 32 a field
    uint64_t stream_resets_max = 1'000;   // a minute
    uint64_t control_frames_max = 3'000;  // a minute
};

/// The server's side of HTTP/2 without sockets, times and threads: bytes in, requests out; answers in, bytes out. The
/// only file that knows nghttp2. What it refuses by itself it counts.
class Http2Session {
  public:
    /// Who gets the requests; called from within `feed` and `pull`. It may answer or reset streams in its calls.
    class Owner {
      public:
        virtual ~Owner() = default;
        /// A request's head was sent and is good. False resets the stream as refused: nothing was done, come again.
        [[nodiscard]] virtual bool on_head(int32_t stream, RequestHead head) = 0;
        /// A head that is not good, with the answer it is to get.
        virtual void on_bad_head(int32_t stream, const Refusal& refusal, bool grpc) = 0;
        /// A part of the body. False: take it, but feed no more until memory is free.
        [[nodiscard]] virtual bool on_body(int32_t stream, std::string_view bytes) = 0;
        /// The request is whole.
        virtual void on_end(int32_t stream) = 0;
        /// All that was given of an answer's body is framed, and it has more: `append` it, not from within this call.
        virtual void on_drained(int32_t stream) = 0;
        /// Answered, or reset by either side. The last call of that stream.
        virtual void on_gone(int32_t stream) = 0;
    };

    Http2Session(const Http2Limits& limits, Owner& owner);
    ~Http2Session();
    Http2Session(const Http2Session&) = delete;
    Http2Session& operator=(const Http2Session&) = delete;

    /// Takes what came; returns how much it used: less than all when the owner wants to be fed no more for now.
    [[nodiscard]] size_t feed(std::string_view bytes, int64_t now_ms);
    /// Appends what is to be sent, until `out` has about `bytes_max` or there is no more.
    void pull(std::string& out, size_t bytes_max);
    /// The connection has ended for both sides once all that was pulled is written.
    [[nodiscard]] bool finished() const;
    /// Something waits that the peer's flow control does not hold back.
    [[nodiscard]] bool wants_write() const;

    /// With `response.more` the body goes on by `append`.
    void answer(int32_t stream, Response response, bool head_only);
    /// The next part of a body.
    void append(int32_t stream, std::string part, bool last);
    /// "100 Continue".
    void go_on(int32_t stream);
    void reset(int32_t stream, Http2Code code);
    /// No new streams; those that were begun are answered.
    void go_away(Http2Code code, std::string_view sentence);
    /// No streams at all: sent, then `finished`.
    void terminate(Http2Code code, std::string_view sentence, const char* reason);

    /// Bytes of the answer's body that were put into frames, for judging its reader.
    [[nodiscard]] uint64_t sent_bytes(int32_t stream) const;
    [[nodiscard]] size_t stream_count() const { return streams_.size(); }

    static constexpr uint32_t STREAM_WINDOW_BYTES = 1024 * 1024;
    static constexpr uint32_t CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;

  private:
    struct Stream {
        RequestHead head;
        uint64_t head_bytes = 0;
        size_t field_count = 0;
        Refusal refusal;
        bool bad = false;
        bool announced = false;  // the owner knows it
        Response response;
        uint64_t sent = 0;         // of the body's present part
        uint64_t sent_before = 0;  // of the parts before
        bool goes_on = false;      // the body has further parts
        bool drained = false;      // the owner was told
    };
    struct Callbacks;
    friend struct Callbacks;
    void on_field(Stream& stream, std::string_view name, std::string_view value);
    void finish_head(int32_t id, Stream& stream, bool whole);
    Stream* find(int32_t id);

    const Http2Limits limits_;
    Owner& owner_;  // outlives this
    nghttp2_session* session_ = nullptr;
    std::unordered_map<int32_t, Stream> streams_;
    TokenBucket resets_;
    TokenBucket control_frames_;
    int64_t now_ms_ = 0;
    bool pause_ = false;
    bool terminated_ = false;
};

}  // namespace belfry::http
