#include "net/loop.h"

#include "net/connection.h"

#include <future>

#include <pthread.h>
#include <uv.h>

namespace belfry::net {

struct Loop::Handles {
    uv_loop_t loop{};
    uv_async_t wake{};
};

Result<std::unique_ptr<Loop>> Loop::start(std::string thread_name) {
    std::unique_ptr<Loop> out(new Loop(std::move(thread_name)));
    int rc = ::uv_loop_init(&out->handles_->loop);
    if (rc != 0) return make_error(Code::unavailable, "start an event loop: {}", ::uv_strerror(rc));
    out->handles_->loop.data = out.get();
    rc = ::uv_async_init(&out->handles_->loop, &out->handles_->wake,
                         [](uv_async_t* wake) { static_cast<Loop*>(wake->loop->data)->run_posted(); });
    if (rc != 0) {
        ::uv_loop_close(&out->handles_->loop);
        return make_error(Code::unavailable, "start an event loop: {}", ::uv_strerror(rc));
    }
    out->thread_ = std::thread([loop = out.get()] { loop->thread_main(); });
    return out;
}

Loop::Loop(std::string thread_name)
    : thread_name_(std::move(thread_name)),
      handles_(std::make_unique<Handles>()),
      read_buffer_(std::make_unique<char[]>(READ_BUFFER_BYTES)) {}

Loop::~Loop() {
    if (!thread_.joinable()) return;
    INVARIANT(!on_loop(), "a loop is not destroyed by its own thread");
    post([this] { ::uv_stop(&handles_->loop); });
    thread_.join();
}

void Loop::thread_main() {
    ::pthread_setname_np(::pthread_self(), thread_name_.substr(0, 15).c_str());
    ::uv_run(&handles_->loop, UV_RUN_DEFAULT);
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    run_posted();
    for (Connection* connection : connections_)
        connection->close();
    // owners close their listeners and timers before; what is left is closed without them
    ::uv_walk(
        &handles_->loop,
        [](uv_handle_t* handle, void*) {
            if (::uv_is_closing(handle) == 0) ::uv_close(handle, nullptr);
        },
        nullptr);
    ::uv_run(&handles_->loop, UV_RUN_DEFAULT);
    INVARIANT(::uv_loop_close(&handles_->loop) == 0, "a stopped loop has no handles left");
}

bool Loop::post(std::function<void()> work) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return false;
        first = posted_.empty();
        posted_.push_back(std::move(work));
    }
    if (first) ::uv_async_send(&handles_->wake);
    return true;
}

void Loop::run(const std::function<void()>& work) {
    std::promise<void> done;
    const bool posted = post([&] {
        work();
        done.set_value();
    });
    if (posted) done.get_future().wait();
}

void Loop::run_posted() {
    std::vector<std::function<void()>> batch;
    {
        const std::lock_guard lock(mutex_);
        batch.swap(posted_);
    }
    for (const auto& work : batch)
        work();
}

int64_t Loop::now_ms() const {
    return static_cast<int64_t>(::uv_now(&handles_->loop));
}
uv_loop_s* Loop::handle() {
    return &handles_->loop;
}

struct Timer::Handle {
    uv_timer_t timer{};
    std::function<void()> on_fire;

    static void fire(uv_timer_t* raw) {
        const std::function<void()> call = static_cast<Handle*>(raw->data)->on_fire;  // it may destroy its timer
        call();
    }
};

Timer::Timer(Loop& loop, std::function<void()> on_fire) : handle_(new Handle{{}, std::move(on_fire)}) {
    ::uv_timer_init(loop.handle(), &handle_->timer);
    handle_->timer.data = handle_;
}

Timer::~Timer() {
    handle_->on_fire = nullptr;
    ::uv_close(reinterpret_cast<uv_handle_t*>(&handle_->timer),
               [](uv_handle_t* raw) { delete static_cast<Handle*>(raw->data); });
}

void Timer::once(int64_t after_ms) {
    ::uv_timer_start(&handle_->timer, Handle::fire, static_cast<uint64_t>(after_ms), 0);
}
void Timer::every(int64_t period_ms) {
    const auto period = static_cast<uint64_t>(period_ms);
    ::uv_timer_start(&handle_->timer, Handle::fire, period, period);
}
void Timer::cancel() {
    ::uv_timer_stop(&handle_->timer);
}

}  // namespace belfry::net
