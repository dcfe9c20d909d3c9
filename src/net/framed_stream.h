#pragma once

#include "net/connection.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace belfry::net {

/// How a stream is cut into messages.
enum class Framing {
    lines,       // each ends with a line feed; the last one of a connection need not
    sized_be32,  // each stands behind its length: four bytes, the highest first
};

/// Why bytes of a stream were not handed on.
enum class FrameLoss {
    too_large,  // a message beyond `frame_bytes_max`: a line is skipped, after a sized one the connection is closed
    cut_short,  // the peer ended in the middle of a sized message
    http,       // lines that begin as an HTTP request: a browser can be made to send them here; closed
};

struct FramedStreamOptions {
    Framing framing = Framing::lines;
    size_t frame_bytes_max = 64 * 1024;
    int64_t idle_ms = 600'000;  // a connection that sends nothing for so long is closed
    /// Whole messages, back to back, with their line feeds or lengths; valid until it returns. False: no room now, ask
    /// again with the same; the stream is not read meanwhile, so that the sender waits.
    std::function<bool(std::string_view messages, const Address& peer)> on_messages;
    std::function<void(FrameLoss loss, const Address& peer)> on_lost;
    std::function<void()> on_closed;
};

/// Cuts what a TCP connection sends into messages and never answers. Loop thread only.
class FramedStream : public StreamHandler {
  public:
    /// `options` is shared by all connections of a listener.
    FramedStream(Connection& connection, std::shared_ptr<const FramedStreamOptions> options);

    void on_bytes(std::string_view bytes) override;
    void on_end() override;
    void on_written() override {}
    void on_deadline() override;
    void on_closed() override { options_->on_closed(); }

    /// How long a stream waits before it asks again for room.
    static constexpr int64_t ROOM_WAIT_MS = 10;

  private:
    [[nodiscard]] size_t whole_bytes(std::string_view bytes) const;
    [[nodiscard]] size_t skip_line(std::string_view bytes);
    void hand_on();
    [[nodiscard]] bool is_http_request();
    void check_rest();
    void finish();

    Connection& connection_;  // owns this
    const std::shared_ptr<const FramedStreamOptions> options_;
    std::string buffer_;     // what is not handed on yet
    bool waiting_ = false;   // for room
    bool skipping_ = false;  // the rest of a line that is too large
    bool ended_ = false;
    bool looked_at_ = false;  // the first line
};

}  // namespace belfry::net
