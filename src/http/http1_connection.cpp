#include "http/http1_connection.h"

#include "base/log.h"
#include "http/http2_connection.h"
#include "http/refusal.h"
#include "http/stats.h"
#include "net/loop.h"

namespace belfry::http {
namespace {

/// Memory a body starts with: ten thousand senders that send nothing hold 40 MB, not 640.
constexpr uint64_t BODY_RESERVE_MIN_BYTES = 4096;
/// Empty lines that are forgiven before a request line (RFC 9112, 2.2 asks for one).
constexpr size_t LEADING_BYTES_MAX = 4;

LogLimiter other_protocol_log;

}  // namespace

Http1Connection::Http1Connection(net::Connection& connection, Front& front, std::shared_ptr<const Entrance> entrance)
    : FrontConnection(connection, front, std::move(entrance)), lease_(front.budget) {
    connection_.set_deadline_ms(front_.config.header_timeout_ms);
}

void Http1Connection::evict() {
    leave_front();
    lease_.release();
    connection_.close();
}

void Http1Connection::on_closed() {
    state_ = State::closed;
    leave_front();
    if (disconnected_) disconnected_->store(true, std::memory_order_relaxed);
    if (unsent_ > 0) front_.remove_unsent(unsent_);
    unsent_ = 0;
    more_ = nullptr;
    if (lease_.bytes() > 0) {
        lease_.release();
        front_.budget_freed();
    }
}

void Http1Connection::on_bytes(std::string_view bytes) {
    if (state_ == State::lingering) {
        lingered_ += bytes.size();
        if (lingered_ > LINGER_BYTES_MAX) connection_.close();
        return;
    }
    if (in_.empty()) return receive(bytes);
    in_ += bytes;
    const std::string all = std::move(in_);
    in_.clear();
    receive(all);
}

/// Takes requests off `bytes` while it can; what is left is kept in in_.
void Http1Connection::receive(std::string_view bytes) {
    if (!sniffed_ && !sniff_first(bytes)) return;
    while (!bytes.empty() && !body_paused_) {
        size_t taken = 0;
        if (state_ == State::idle) {
            state_ = State::head;
            stand(Front::Standing::receiving);
            connection_.set_deadline_ms(front_.config.header_timeout_ms);
        }
        if (state_ == State::head)
            taken = receive_head(bytes);
        else if (state_ == State::body)
            taken = receive_body(bytes);
        else
            break;
        if (taken == 0) break;
        bytes.remove_prefix(taken);
    }
    if (state_ == State::lingering || connection_.closing()) return;
    in_.append(bytes);
    const bool waits = state_ == State::running || state_ == State::writing;
    if (waits && in_.size() > PIPELINED_BYTES_MAX) connection_.stop_reading();
}

bool Http1Connection::sniff_first(std::string_view bytes) {
    const net::FirstBytes first = net::sniff(bytes);
    if (first == net::FirstBytes::http1) {
        sniffed_ = true;
        return true;
    }
    if (first == net::FirstBytes::need_more) {
        in_ = bytes;
        return false;
    }
    std::unique_ptr<net::StreamHandler> next;
    if (first == net::FirstBytes::http2)
        next = std::make_unique<Http2Connection>(connection_, front_, entrance_);
    else if (front_.takeover)
        next = front_.takeover(connection_, first);
    if (next) {
        leave_front();
        connection_.clear_deadline();
        net::StreamHandler& handler = *next;
        const std::string copy(bytes);
        connection_.set_handler(std::move(next));  // this lives on until the next change
        handler.on_bytes(copy);
        return false;
    }
    const char* kind = first == net::FirstBytes::tls ? "tls" : "garbage";
    connections_refused_total.at({kind}).add();
    uint64_t suppressed = 0;
    if (other_protocol_log.allow(&suppressed))
        log_warn("http", "connection is not HTTP",
                 {{"speaks", kind},
                  {"peer", connection_.peer().host},
                  {"port", connection_.local().port},
                  {"more", suppressed}});
    if (first == net::FirstBytes::tls)
        send({.bytes = tls_refusal_bytes(), .close = true});
    else
        refuse(400, "garbage", "this port speaks HTTP/1.1 and HTTP/2, without TLS");
    return false;
}

size_t Http1Connection::receive_head(std::string_view bytes) {
    size_t skipped = 0;
    while (skipped < bytes.size() && skipped < LEADING_BYTES_MAX && (bytes[skipped] == '\r' || bytes[skipped] == '\n'))
        ++skipped;
    if (skipped > 0) return skipped;
    bool bare_lf = false;
    const size_t head_bytes = find_head_end(bytes, &scanned_, &bare_lf);
    if (bare_lf) {
        refuse(400, "bad_head", "a line that does not end with CRLF");
        return 0;
    }
    if ((head_bytes == 0 ? bytes.size() : head_bytes) > front_.config.head_bytes_max) {
        refuse(431, "head_too_large",
               fmt::format("request line and headers are longer than {} bytes", front_.config.head_bytes_max));
        return 0;
    }
    if (head_bytes == 0) return 0;
    scanned_ = 0;
    head_ = {};
    Refusal refusal;
    if (!parse_head(bytes.substr(0, head_bytes), &head_, &refusal)) {
        refuse(refusal.status, "bad_head", refusal.message);
        return 0;
    }
    if (!head_.has_body())
        submit();
    else
        begin_body();
    return head_bytes;
}

void Http1Connection::begin_body() {
    if (head_.content_length > front_.config.body_bytes_max)
        return refuse(413, "body_too_large",
                      fmt::format("the body is longer than {} bytes", front_.config.body_bytes_max));
    state_ = State::body;
    chunks_ = {};
    body_began_ms_ = connection_.loop().now_ms();
    window_bytes_ = 0;
    connection_.set_deadline_ms(front_.config.body_timeout_ms);
    if (head_.expects_continue) connection_.write({"HTTP/1.1 100 Continue\r\n\r\n", {}, {}});
}

bool Http1Connection::reserve_body(uint64_t bytes_wanted) {
    if (bytes_wanted <= body_.capacity() && lease_.bytes() > 0) return true;
    const uint64_t limit = head_.chunked ? front_.config.body_bytes_max : head_.content_length;
    const uint64_t doubled = std::max<uint64_t>({bytes_wanted, 2 * body_.size(), BODY_RESERVE_MIN_BYTES});
    const uint64_t capacity = std::max(bytes_wanted, std::min(doubled, limit));
    switch (front_.room_for_body(this, &lease_, capacity)) {
        case Front::Room::granted: body_.reserve(capacity); return true;
        case Front::Room::waits:
            body_paused_ = true;
            connection_.stop_reading();
            connection_.set_deadline_ms(front_.config.body_total_ms);
            return false;
        case Front::Room::refused: break;
    }
    refuse(503, "body_memory", "too many request bodies in memory; try again");
    return false;
}

size_t Http1Connection::receive_body(std::string_view bytes) {
    size_t taken = 0;
    bool done = false;
    if (head_.chunked) {
        const uint64_t most = std::min<uint64_t>(front_.config.body_bytes_max, body_.size() + bytes.size());
        if (!reserve_body(most)) return 0;
        const auto state = chunks_.feed(bytes, &taken, front_.config.body_bytes_max, &body_);
        if (state == ChunkedDecoder::State::bad) {
            if (chunks_.too_large())
                refuse(413, "body_too_large",
                       fmt::format("the body is longer than {} bytes", front_.config.body_bytes_max));
            else
                refuse(400, "bad_chunk", "bad chunked encoding of the body");
            return 0;
        }
        done = state == ChunkedDecoder::State::done;
    } else {
        taken = static_cast<size_t>(std::min<uint64_t>(bytes.size(), head_.content_length - body_.size()));
        if (!reserve_body(body_.size() + taken)) return 0;
        body_.append(bytes.substr(0, taken));
        done = body_.size() == head_.content_length;
    }
    window_bytes_ += taken;
    if (done) submit();
    return taken;
}

void Http1Connection::resume_body() {
    if (!body_paused_) return;
    body_paused_ = false;
    window_bytes_ = 0;
    connection_.set_deadline_ms(front_.config.body_timeout_ms);
    connection_.start_reading();
    const std::string waiting = std::move(in_);
    in_.clear();
    if (!waiting.empty()) receive(waiting);
}

void Http1Connection::submit() {
    disconnected_ = std::make_shared<std::atomic<bool>>(false);
    close_after_reply_ = !head_.keep_alive;
    auto job = make_job(std::move(head_), disconnected_);
    job->body = std::move(body_);
    body_.clear();
    job->lease = std::move(lease_);
    request_body_bytes_total.add(job->body.size());
    state_ = State::running;
    stand(Front::Standing::busy);
    connection_.clear_deadline();
    if (front_.submit(std::move(job))) return;
    refused_total.at({"queue_full"}).add();
    send({.bytes = refusal_bytes(503, "all workers are busy and the queue is full; try again", !close_after_reply_),
          .close = close_after_reply_});
}

void Http1Connection::refuse(int status, const char* reason, std::string_view message) {
    refused_total.at({reason}).add();
    body_ = {};
    lease_.release();
    send({.bytes = refusal_bytes(status, message, false), .close = true});
}

void Http1Connection::reply(Reply reply) {
    if (state_ != State::running) return;
    if (part_begun_) return send_part(std::move(reply));
    if (!reply.more) disconnected_.reset();
    send(std::move(reply));
}

void Http1Connection::send_part(Reply reply) {
    if (reply.torn) {
        torn_answers_total.add();
        return connection_.close();
    }
    state_ = State::writing;
    more_ = std::move(reply.more);
    if (!more_) disconnected_.reset();
    unsent_ = reply.bytes.size();
    if (unsent_ == 0) return finish();
    front_.add_unsent_part(unsent_);
    response_bytes_total.add(unsent_);
    connection_.write(std::move(reply.bytes));
    unsent_at_deadline_ = connection_.unwritten_bytes();
    connection_.set_deadline_ms(front_.config.write_timeout_ms);
}

/// The reader has taken what was made: the workers make the next part.
void Http1Connection::ask_for_more() {
    front_.remove_unsent(unsent_);
    unsent_ = 0;
    state_ = State::running;
    part_begun_ = true;
    connection_.clear_deadline();
    auto job = make_job({}, nullptr);
    job->more = more_;
    job->chunked = chunked_;
    if (!front_.submit(std::move(job)))
        connection_.set_deadline_ms(PART_RETRY_MS);
    else
        more_ = nullptr;
}

void Http1Connection::send(Reply reply) {
    state_ = State::writing;
    stand(Front::Standing::busy);
    close_after_reply_ = close_after_reply_ || reply.close || front_.draining();
    if (!front_.add_unsent(reply.bytes.size())) {
        refused_total.at({"unsent_bytes"}).add();
        reply = {.bytes = refusal_bytes(503, "too many answers wait for slow readers; try again", false),
                 .close = true};
        close_after_reply_ = true;
    } else {
        unsent_ = reply.bytes.size();
        more_ = std::move(reply.more);
        chunked_ = reply.chunked;
    }
    response_bytes_total.add(reply.bytes.size());
    connection_.write(std::move(reply.bytes));
    unsent_at_deadline_ = connection_.unwritten_bytes();
    connection_.set_deadline_ms(front_.config.write_timeout_ms);
}

void Http1Connection::on_written() {
    if (state_ != State::writing) return;
    if (more_)
        ask_for_more();
    else
        finish();
}

void Http1Connection::finish() {
    front_.remove_unsent(unsent_);
    unsent_ = 0;
    part_begun_ = false;
    if (close_after_reply_ || ended_) {
        if (ended_) return connection_.close();
        state_ = State::lingering;
        stand(Front::Standing::receiving);  // nobody waits for it
        in_ = {};
        connection_.end_writing();
        connection_.start_reading();
        connection_.set_deadline_ms(LINGER_MS);
        return;
    }
    state_ = State::idle;
    stand(Front::Standing::idle);
    connection_.set_deadline_ms(front_.config.idle_timeout_ms);
    const std::string waiting = std::move(in_);
    in_ = {};
    connection_.start_reading();
    if (!waiting.empty()) receive(waiting);
}

void Http1Connection::on_end() {
    ended_ = true;
    switch (state_) {
        case State::running:
            if (disconnected_) disconnected_->store(true, std::memory_order_relaxed);
            break;
        case State::writing: break;
        case State::head:
        case State::body: connections_refused_total.at({sniffed_ ? "incomplete" : "silent"}).add(); [[fallthrough]];
        default: connection_.close();
    }
}

void Http1Connection::time_out(const char* kind, bool answer) {
    timeouts_total.at({kind}).add();
    if (answer)
        refuse(408, "timeout", "the request came too slowly");
    else
        connection_.close();
}

void Http1Connection::on_deadline() {
    switch (state_) {
        case State::idle: return time_out("idle", false);
        case State::head: return time_out("header", sniffed_);
        case State::body: {
            const int64_t spent_ms = connection_.loop().now_ms() - body_began_ms_;
            if (body_paused_) return time_out("body_memory", true);
            if (window_bytes_ < HttpConfig::BODY_WINDOW_BYTES || spent_ms >= front_.config.body_total_ms)
                return time_out("body", true);
            window_bytes_ = 0;
            return connection_.set_deadline_ms(front_.config.body_timeout_ms);
        }
        case State::writing: {
            const size_t unwritten = connection_.unwritten_bytes();
            if (unwritten >= unsent_at_deadline_) return time_out("write", false);
            unsent_at_deadline_ = unwritten;
            return connection_.set_deadline_ms(front_.config.write_timeout_ms);
        }
        case State::lingering: return connection_.close();
        case State::running:
            if (more_) ask_for_more();
            return;
        case State::closed: break;
    }
}

}  // namespace belfry::http
