#include "http/http2_connection.h"

#include "base/log.h"
#include "http/grpc.h"
#include "http/refusal.h"
#include "http/stats.h"
#include "net/loop.h"

namespace belfry::http {
namespace {

/// Memory a body starts with, as in HTTP/1.
constexpr uint64_t BODY_RESERVE_MIN_BYTES = 4096;

Http2Limits limits_of(const HttpConfig& config) {
    return {.streams_max = static_cast<uint32_t>(config.streams_max),
            .head_bytes_max = config.head_bytes_max,
            .stream_resets_max = config.stream_resets_max,
            .control_frames_max = config.control_frames_max};
}

}  // namespace

Http2Connection::Http2Connection(net::Connection& connection, Front& front, std::shared_ptr<const Entrance> entrance)
    : FrontConnection(connection, front, std::move(entrance)), session_(limits_of(front.config), *this) {
    http2_connections_total.add();
}

int64_t Http2Connection::now_ms() const {
    return connection_.loop().now_ms();
}

Http2Connection::Exchange* Http2Connection::find(int32_t stream) {
    const auto found = exchanges_.find(stream);
    return found == exchanges_.end() ? nullptr : &found->second;
}

uint64_t Http2Connection::body_bytes() const {
    uint64_t total = 0;
    for (const auto& [id, exchange] : exchanges_)
        total += exchange.lease.bytes();
    return total;
}

void Http2Connection::evict() {
    leave_front();
    for (auto& [id, exchange] : exchanges_)
        exchange.lease.release();
    session_.terminate(Http2Code::no_error, "closed to make room, or because Belfry stops", nullptr);
    std::string last;
    session_.pull(last, WRITE_BYTES);
    if (!last.empty()) connection_.write({std::move(last), {}, {}});
    connection_.close();
}

void Http2Connection::on_closed() {
    leave_front();
    for (auto& [id, exchange] : exchanges_)
        release(exchange);
    exchanges_.clear();
}

/// What an exchange holds of the front is given back; its worker, if any, learns that nobody waits.
void Http2Connection::release(Exchange& exchange) {
    if (exchange.disconnected && exchange.state == Exchange::State::running)
        exchange.disconnected->store(true, std::memory_order_relaxed);
    if (exchange.unsent > 0) front_.remove_unsent(exchange.unsent);
    exchange.unsent = 0;
    if (exchange.lease.bytes() == 0) return;
    exchange.lease.release();
    // later: whoever resumes by it may be this connection itself
    connection_.loop().post([&front = front_] { front.budget_freed(); });
}

void Http2Connection::on_bytes(std::string_view bytes) {
    if (paused_) {
        in_ += bytes;
        return;
    }
    if (in_.empty()) return feed(bytes);
    in_ += bytes;
    const std::string all = std::move(in_);
    in_.clear();
    feed(all);
}

void Http2Connection::feed(std::string_view bytes) {
    inside_ = true;
    const size_t used = session_.feed(bytes, now_ms());
    inside_ = false;
    if (paused_) {
        in_ = bytes.substr(used);
        connection_.stop_reading();
    }
    pump();
}

void Http2Connection::resume_body() {
    if (!paused_) return;
    paused_ = false;
    for (auto& [id, exchange] : exchanges_)
        exchange.window_ms = now_ms();
    connection_.start_reading();
    const std::string waiting = std::move(in_);
    in_ = {};
    feed(waiting);
}

bool Http2Connection::on_head(int32_t stream, RequestHead head) {
    if (leaving_ || front_.draining()) return false;
    if (jobs_out_ >= front_.config.streams_max) {  // of streams that were reset, too: else resets cost nothing
        refused_total.at({"http2_streams"}).add();
        return false;
    }
    Exchange& exchange = exchanges_[stream];
    exchange.lease = BodyBudget::Lease(front_.budget);
    exchange.began_ms = exchange.window_ms = now_ms();
    const auto type = head.headers.find("content-type");
    exchange.grpc = type != head.headers.end() && type->second.starts_with("application/grpc");
    exchange.head = std::move(head);
    if (exchange.head.has_length && exchange.head.content_length > front_.config.body_bytes_max)
        refuse(stream, 413, "body_too_large",
               fmt::format("the body is longer than {} bytes (http.body_bytes_max)", front_.config.body_bytes_max));
    else if (exchange.head.expects_continue)
        session_.go_on(stream);
    return true;
}

void Http2Connection::on_bad_head(int32_t stream, const Refusal& refusal, bool grpc) {
    Exchange& exchange = exchanges_[stream];
    exchange.lease = BodyBudget::Lease(front_.budget);
    exchange.grpc = grpc;
    refuse(stream, refusal.status, refusal.status == 431 ? "head_too_large" : "bad_head", refusal.message);
}

bool Http2Connection::on_body(int32_t stream, std::string_view bytes) {
    Exchange* exchange = find(stream);
    if (exchange == nullptr || exchange->state != Exchange::State::body) return true;  // refused: the rest is dropped
    std::string& body = exchange->body;
    const uint64_t wanted = body.size() + bytes.size();
    const uint64_t limit = exchange->head.has_length
                               ? std::min(exchange->head.content_length, front_.config.body_bytes_max)
                               : front_.config.body_bytes_max;
    if (wanted > front_.config.body_bytes_max) {
        refuse(stream, 413, "body_too_large",
               fmt::format("the body is longer than {} bytes (http.body_bytes_max)", front_.config.body_bytes_max));
        return true;
    }
    bool go_on = true;
    if (wanted > body.capacity() || exchange->lease.bytes() == 0) {
        const uint64_t doubled = std::max<uint64_t>({wanted, 2 * body.size(), BODY_RESERVE_MIN_BYTES});
        const uint64_t capacity = std::max(wanted, std::min(doubled, limit));
        switch (front_.room_for_body(this, &exchange->lease, capacity)) {
            case Front::Room::granted: body.reserve(capacity); break;
            case Front::Room::waits:
                // these bytes are here already, at most one read's worth; no more are taken until there is room
                go_on = false;
                break;
            case Front::Room::refused:
                refuse(stream, 503, "body_memory", "too many request bodies in memory; try again");
                return true;
        }
    }
    body.append(bytes);
    exchange->window_bytes += bytes.size();
    if (!go_on && !paused_) {
        paused_ = true;
        paused_since_ms_ = now_ms();
    }
    return go_on;
}

void Http2Connection::on_end(int32_t stream) {
    Exchange* exchange = find(stream);
    if (exchange != nullptr && exchange->state == Exchange::State::body) submit(stream, *exchange);
}

void Http2Connection::submit(int32_t stream, Exchange& exchange) {
    exchange.disconnected = std::make_shared<std::atomic<bool>>(false);
    auto job = make_job(exchange.head, exchange.disconnected);
    job->stream = stream;
    job->body = std::move(exchange.body);
    exchange.body = {};
    job->lease = std::move(exchange.lease);
    exchange.lease = BodyBudget::Lease(front_.budget);
    request_body_bytes_total.add(job->body.size());
    exchange.head.headers.clear();
    exchange.state = Exchange::State::running;
    if (front_.submit(std::move(job))) {
        ++jobs_out_;
        return;
    }
    refuse(stream, 503, "queue_full", "all workers are busy and the queue is full; try again");
}

void Http2Connection::refuse(int32_t stream, int status, const char* reason, std::string_view message) {
    refused_total.at({reason}).add();
    Exchange* exchange = find(stream);
    if (exchange == nullptr) return;
    exchange->body = {};
    release(*exchange);
    Response response = refusal_response(status, message);
    if (exchange->grpc) response = grpc_refusal(response);
    answer(stream, *exchange, std::move(response));
}

void Http2Connection::answer(int32_t stream, Exchange& exchange, Response response) {
    const size_t bytes = response.static_body.empty() ? response.body.size() : response.static_body.size();
    if (!front_.add_unsent(bytes)) {
        refused_total.at({"unsent_bytes"}).add();
        response = refusal_response(503, "too many answers wait for slow readers; try again");
        if (exchange.grpc) response = grpc_refusal(response);
    } else {
        exchange.unsent = bytes;
    }
    response_bytes_total.add(bytes);
    exchange.state = Exchange::State::answering;
    exchange.window_ms = now_ms();
    exchange.sent_bytes = 0;
    exchange.begun = true;
    if (exchange.head.method == "HEAD") response.more = nullptr;
    exchange.more = response.more;
    session_.answer(stream, std::move(response), exchange.head.method == "HEAD");
}

void Http2Connection::on_drained(int32_t stream) {
    if (Exchange* exchange = find(stream)) exchange->drained = true;
}

/// The reader has taken what was made: the workers make the next part.
void Http2Connection::ask_for_more(int32_t stream, Exchange& exchange) {
    auto job = make_job({}, nullptr);
    job->more = exchange.more;
    job->chunked = false;
    job->stream = stream;
    if (!front_.submit(std::move(job))) return;  // the next tick asks again
    if (exchange.unsent > 0) front_.remove_unsent(std::exchange(exchange.unsent, 0));
    ++jobs_out_;
    exchange.drained = false;
    exchange.more = nullptr;
    exchange.state = Exchange::State::running;
}

void Http2Connection::go_on(int32_t stream, Exchange& exchange, Reply part) {
    exchange.state = Exchange::State::answering;
    exchange.window_ms = now_ms();
    if (part.torn) {
        torn_answers_total.add();
        return session_.reset(stream, Http2Code::internal_error);
    }
    exchange.more = std::move(part.more);
    exchange.unsent = part.bytes.body.size();
    front_.add_unsent_part(exchange.unsent);
    response_bytes_total.add(exchange.unsent);
    session_.append(stream, std::move(part.bytes.body), !exchange.more);
}

void Http2Connection::reply(Reply reply) {
    INVARIANT(jobs_out_ > 0, "a reply belongs to a job");
    --jobs_out_;
    Exchange* exchange = find(reply.stream);
    if (exchange != nullptr && exchange->state == Exchange::State::running) {
        if (exchange->begun) {
            go_on(reply.stream, *exchange, std::move(reply));
        } else {
            exchange->disconnected.reset();
            answer(reply.stream, *exchange, std::move(reply.response));
        }
    }
    pump();
}

void Http2Connection::on_gone(int32_t stream) {
    const auto found = exchanges_.find(stream);
    if (found == exchanges_.end()) return;
    release(found->second);
    exchanges_.erase(found);
}

/// One write at a time: what a slow reader does not take stays unframed.
void Http2Connection::pump() {
    if (inside_ || connection_.closing()) return;
    if (!writing_) {
        for (auto& [id, exchange] : exchanges_)
            if (exchange.drained) ask_for_more(id, exchange);
        std::string out;
        inside_ = true;
        session_.pull(out, WRITE_BYTES);
        inside_ = false;
        for (auto& [id, exchange] : exchanges_)
            if (exchange.drained) ask_for_more(id, exchange);
        if (!out.empty()) {
            writing_ = true;
            write_progress_ms_ = now_ms();
            connection_.write({std::move(out), {}, {}});
            unwritten_at_tick_ = connection_.unwritten_bytes();
        }
    }
    settle();
}

void Http2Connection::settle() {
    if (connection_.closing()) return;
    if (!leaving_ && front_.draining()) {
        leaving_ = true;
        session_.go_away(Http2Code::no_error, "Belfry stops");
        if (!writing_) return pump();
    }
    if (!writing_ && (session_.finished() || (exchanges_.empty() && (leaving_ || ended_)))) return connection_.close();
    bool receives = paused_ || !in_.empty();
    bool busy = writing_;
    for (const auto& [id, exchange] : exchanges_)
        (exchange.state == Exchange::State::body ? receives : busy) = true;
    stand(busy ? Front::Standing::busy : receives ? Front::Standing::receiving : Front::Standing::idle);
    const bool idle = !busy && !receives;
    if (idle != idle_ || !deadline_set_) {
        // never moved on by what arrives: a stream that drips would not be looked at
        connection_.set_deadline_ms(idle ? front_.config.idle_timeout_ms : tick_ms());
        deadline_set_ = true;
    }
    idle_ = idle;
}

int64_t Http2Connection::tick_ms() const {
    const HttpConfig& c = front_.config;
    const int64_t shortest = std::min({c.body_timeout_ms, c.body_total_ms, c.write_timeout_ms});
    return std::clamp<int64_t>(shortest / 4, 1, TICK_MS_MAX);
}

void Http2Connection::on_written() {
    writing_ = false;
    pump();
}

void Http2Connection::on_end() {
    ended_ = true;
    for (auto& [id, exchange] : exchanges_) {
        if (exchange.disconnected) exchange.disconnected->store(true, std::memory_order_relaxed);
        if (exchange.state == Exchange::State::body) session_.reset(id, Http2Code::cancel);
    }
    pump();
}

void Http2Connection::on_deadline() {
    const int64_t now = now_ms();
    deadline_set_ = false;
    if (idle_) {
        timeouts_total.at({"idle"}).add();
        idle_ = false;
        leaving_ = true;
        session_.go_away(Http2Code::no_error, "idle");
        return pump();
    }
    if (writing_) {
        const size_t unwritten = connection_.unwritten_bytes();
        if (unwritten < unwritten_at_tick_) write_progress_ms_ = now;
        unwritten_at_tick_ = unwritten;
        if (now - write_progress_ms_ >= front_.config.write_timeout_ms) {
            timeouts_total.at({"write"}).add();
            return connection_.close();
        }
    }
    if (paused_ && now - paused_since_ms_ >= front_.config.body_total_ms) {
        timeouts_total.at({"body_memory"}).add();
        return connection_.close();
    }
    std::vector<int32_t> streams;
    for (const auto& [id, exchange] : exchanges_)
        streams.push_back(id);
    for (const int32_t id : streams)
        if (Exchange* exchange = find(id)) check_stream(id, *exchange, now);
    pump();
}

void Http2Connection::check_stream(int32_t stream, Exchange& exchange, int64_t now) {
    const HttpConfig& c = front_.config;
    if (exchange.state == Exchange::State::body && !paused_) {
        const bool late = now - exchange.began_ms >= c.body_total_ms;
        if (!late && now - exchange.window_ms < c.body_timeout_ms) return;
        if (late || exchange.window_bytes < HttpConfig::BODY_WINDOW_BYTES) {
            timeouts_total.at({"body"}).add();
            return refuse(stream, 408, "timeout", "the request came too slowly");
        }
        exchange.window_bytes = 0;
        exchange.window_ms = now;
    } else if (exchange.state == Exchange::State::answering) {
        const uint64_t sent = session_.sent_bytes(stream);
        if (sent > exchange.sent_bytes) exchange.window_ms = now;
        exchange.sent_bytes = sent;
        if (now - exchange.window_ms < c.write_timeout_ms) return;
        timeouts_total.at({"write"}).add();
        session_.reset(stream, Http2Code::cancel);
    }
}

}  // namespace belfry::http
