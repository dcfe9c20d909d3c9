#include "net/connection.h"

#include "base/result.h"
#include "net/loop.h"
#include "net/stats.h"

#include <sys/socket.h>
#include <uv.h>

namespace belfry::net {

struct Connection::Handles {
    uv_tcp_t tcp{};
    uv_timer_t timer{};

    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
    static Connection& owner(void* data) { return *static_cast<Connection*>(data); }
};

struct Connection::Write {
    uv_write_t request{};
    Outgoing bytes;
    std::shared_ptr<Connection> connection;
};

Connection::Connection(Loop& loop) : loop_(loop), handles_(std::make_unique<Handles>()) {}

Connection::~Connection() {
    INVARIANT(handles_open_ == 0, "a connection is destroyed after libuv let go of it");
}

std::shared_ptr<Connection> Connection::accept(Loop& loop, void* listening_stream) {
    std::shared_ptr<Connection> out(new Connection(loop));
    out->self_ = out;
    Handles& handles = *out->handles_;
    ::uv_tcp_init(loop.handle(), &handles.tcp);
    ::uv_timer_init(loop.handle(), &handles.timer);
    handles.tcp.data = out.get();
    handles.timer.data = out.get();
    loop.enter(out.get());
    connections_open.add(1);
    sockaddr_storage raw{};
    auto* address = reinterpret_cast<sockaddr*>(&raw);
    int bytes = sizeof raw;
    const bool accepted = ::uv_accept(static_cast<uv_stream_t*>(listening_stream), handles.stream()) == 0 &&
                          ::uv_tcp_getpeername(&handles.tcp, address, &bytes) == 0;
    if (!accepted) {
        out->close();
        return nullptr;
    }
    out->peer_ = Address::of(address);
    bytes = sizeof raw;
    if (::uv_tcp_getsockname(&handles.tcp, address, &bytes) == 0) out->local_ = Address::of(address);
    ::uv_tcp_nodelay(&handles.tcp, 1);
    accepted_total.add();
    return out;
}

void Connection::set_handler(std::unique_ptr<StreamHandler> handler) {
    former_handler_ = std::move(handler_);
    handler_ = std::move(handler);
}

void Connection::start_reading() {
    if (reading_ || closing_) return;
    reading_ = true;
    const auto allocate = [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        *buffer = ::uv_buf_init(Handles::owner(handle->data).loop_.read_buffer(), Loop::READ_BUFFER_BYTES);
    };
    const auto on_read = [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
        Connection& self = Handles::owner(stream->data);
        if (count > 0) {
            received_bytes_total.add(static_cast<uint64_t>(count));
            self.handler_->on_bytes({buffer->base, static_cast<size_t>(count)});
        } else if (count == UV_EOF) {
            self.stop_reading();
            self.handler_->on_end();
        } else if (count < 0) {
            self.close();
        }
    };
    if (::uv_read_start(handles_->stream(), allocate, on_read) != 0) close();
}

void Connection::stop_reading() {
    if (!reading_) return;
    reading_ = false;
    ::uv_read_stop(handles_->stream());
}

void Connection::write(Outgoing bytes) {
    if (closing_) return;
    auto* write = new Write{{}, std::move(bytes), shared_from_this()};
    write->request.data = write;
    std::array<uv_buf_t, 3> buffers;
    unsigned count = 0;
    for (const std::string_view part :
         {std::string_view(write->bytes.head), std::string_view(write->bytes.body), write->bytes.static_body}) {
        // libuv's buffers are not const, but a write only reads them
        if (!part.empty()) buffers[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    ++writes_pending_;
    const int rc =
        ::uv_write(&write->request, handles_->stream(), buffers.data(), count, [](uv_write_t* request, int status) {
            const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
            Connection& self = *done->connection;
            --self.writes_pending_;
            if (status < 0) return self.close();
            sent_bytes_total.add(done->bytes.size());
            if (self.writes_pending_ == 0 && !self.closing_) self.handler_->on_written();
        });
    if (rc != 0) {
        --writes_pending_;
        delete write;
        close();
    }
}

void Connection::end_writing() {
    if (closing_) return;
    auto* request = new uv_shutdown_t{};
    const auto on_done = [](uv_shutdown_t* done, int) { delete done; };
    if (::uv_shutdown(request, handles_->stream(), on_done) != 0) {
        delete request;
        close();
    }
}

void Connection::close() {
    if (closing_) return;
    closing_ = true;
    reading_ = false;
    const auto on_close = [](uv_handle_t* handle) { Handles::owner(handle->data).release_handle(); };
    ::uv_close(reinterpret_cast<uv_handle_t*>(&handles_->tcp), on_close);
    ::uv_close(reinterpret_cast<uv_handle_t*>(&handles_->timer), on_close);
}

void Connection::release_handle() {
    if (--handles_open_ > 0) return;
    loop_.leave(this);
    connections_open.add(-1);
    if (handler_) handler_->on_closed();
    handler_.reset();
    self_.reset();  // may destroy this
}

void Connection::set_deadline_ms(int64_t after_ms) {
    if (closing_) return;
    deadline_at_ms_ = loop_.now_ms() + after_ms;
    if (timer_at_ms_ != 0 && timer_at_ms_ <= deadline_at_ms_) return;  // it fires before and looks again
    timer_at_ms_ = deadline_at_ms_;
    ::uv_timer_start(
        &handles_->timer, [](uv_timer_t* timer) { Handles::owner(timer->data).on_timer(); },
        static_cast<uint64_t>(after_ms), 0);
}

void Connection::on_timer() {
    timer_at_ms_ = 0;
    if (deadline_at_ms_ == 0) return;
    const int64_t left_ms = deadline_at_ms_ - loop_.now_ms();
    if (left_ms > 0) return set_deadline_ms(left_ms);
    deadline_at_ms_ = 0;
    handler_->on_deadline();
}

size_t Connection::unwritten_bytes() const {
    return handles_->tcp.write_queue_size;
}

}  // namespace belfry::net
