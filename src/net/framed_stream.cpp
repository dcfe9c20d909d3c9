#include "net/framed_stream.h"

#include "base/bytes.h"

namespace belfry::net {
namespace {

constexpr size_t SIZE_BYTES = 4;

size_t frame_bytes(const char* at) {
    return SIZE_BYTES + __builtin_bswap32(get_le<uint32_t>(at));
}

}  // namespace

FramedStream::FramedStream(Connection& connection, std::shared_ptr<const FramedStreamOptions> options)
    : connection_(connection), options_(std::move(options)) {
    connection_.set_deadline_ms(options_->idle_ms);
}

size_t FramedStream::whole_bytes(std::string_view bytes) const {
    if (options_->framing == Framing::lines) {
        const size_t end = bytes.rfind('\n');
        return end == std::string_view::npos ? 0 : end + 1;
    }
    size_t whole = 0;
    while (bytes.size() - whole >= SIZE_BYTES) {
        const size_t next = frame_bytes(bytes.data() + whole);
        if (next - SIZE_BYTES > options_->frame_bytes_max || next > bytes.size() - whole) break;
        whole += next;
    }
    return whole;
}

// How much of `bytes` belongs to the line that is skipped.
size_t FramedStream::skip_line(std::string_view bytes) {
    const size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return bytes.size();
    skipping_ = false;
    return end + 1;
}

void FramedStream::on_bytes(std::string_view bytes) {
    connection_.set_deadline_ms(options_->idle_ms);
    if (skipping_) bytes.remove_prefix(skip_line(bytes));
    buffer_.append(bytes);
    hand_on();
}

// A page of another site may post to any port of this machine, and every line of its body would be taken. A request
// line ends with its version (RFC 9112, 3).
bool FramedStream::is_http_request() {
    looked_at_ = true;
    const std::string_view line = std::string_view(buffer_).substr(0, buffer_.find('\n'));
    return options_->framing == Framing::lines && line.find(" HTTP/1.") != std::string_view::npos;
}

void FramedStream::hand_on() {
    const size_t whole = whole_bytes(buffer_);
    if (whole > 0 && !looked_at_ && is_http_request()) {
        options_->on_lost(FrameLoss::http, connection_.peer());
        return connection_.close();
    }
    if (whole > 0 && !options_->on_messages(std::string_view(buffer_).substr(0, whole), connection_.peer())) {
        if (!waiting_) connection_.stop_reading();
        waiting_ = true;
        connection_.set_deadline_ms(ROOM_WAIT_MS);
        return;
    }
    buffer_.erase(0, whole);
    if (buffer_.empty()) std::string().swap(buffer_);  // an idle connection holds none
    check_rest();
    if (connection_.closing()) return;
    if (ended_) return finish();
    if (!waiting_) return;
    waiting_ = false;
    connection_.set_deadline_ms(options_->idle_ms);
    connection_.start_reading();
}

void FramedStream::check_rest() {
    if (options_->framing == Framing::lines) {
        if (buffer_.size() <= options_->frame_bytes_max) return;
        options_->on_lost(FrameLoss::too_large, connection_.peer());
        std::string().swap(buffer_);
        skipping_ = true;
        return;
    }
    if (buffer_.size() < SIZE_BYTES || frame_bytes(buffer_.data()) - SIZE_BYTES <= options_->frame_bytes_max) return;
    options_->on_lost(FrameLoss::too_large, connection_.peer());
    connection_.close();
}

void FramedStream::on_end() {
    ended_ = true;
    if (options_->framing == Framing::lines && !buffer_.empty()) buffer_ += '\n';
    hand_on();
}

void FramedStream::finish() {
    if (!buffer_.empty()) options_->on_lost(FrameLoss::cut_short, connection_.peer());
    connection_.close();
}

void FramedStream::on_deadline() {
    if (waiting_) return hand_on();
    connection_.close();
}

}  // namespace belfry::net
