#pragma once

#include "base/result.h"
#include "net/fwd.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace belfry::net {

/// One libuv loop on a thread of its own. Everything that hangs on it (listeners, connections, timers) lives and dies
/// on that thread; other threads talk to it by `post`. Nothing that runs here may block.
class Loop {
  public:
    /// `thread_name` is what ps and top show, at most 15 bytes.
    [[nodiscard]] static Result<std::unique_ptr<Loop>> start(std::string thread_name);
    /// Stops, closes every handle that is left, and joins. Not on the loop's own thread.
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Runs `work` on the loop soon, in order of posting. Any thread. False, and dropped, after the loop stopped.
    bool post(std::function<void()> work);
    /// Runs `work` on the loop and waits for it. Any thread but the loop's.
    void run(const std::function<void()>& work);
    [[nodiscard]] bool on_loop() const { return std::this_thread::get_id() == thread_.get_id(); }

    /// Monotonic milliseconds as of the start of this loop round. Loop thread.
    [[nodiscard]] int64_t now_ms() const;
    [[nodiscard]] uv_loop_s* handle();

    /// All connections of a loop share one buffer: bytes are handed on before the next read, so an idle connection
    /// holds none.
    [[nodiscard]] char* read_buffer() { return read_buffer_.get(); }
    static constexpr size_t READ_BUFFER_BYTES = 64 * 1024;

    /// Connections enter themselves, so that those still open when the loop stops are closed with it. Loop thread.
    void enter(Connection* connection) { connections_.insert(connection); }
    void leave(Connection* connection) { connections_.erase(connection); }

  private:
    struct Handles;
    explicit Loop(std::string thread_name);
    void run_posted();
    void thread_main();

    std::string thread_name_;
    std::unique_ptr<Handles> handles_;
    std::unique_ptr<char[]> read_buffer_;
    std::mutex mutex_;  // guards posted_ and stopped_
    std::vector<std::function<void()>> posted_;
    bool stopped_ = false;
    std::unordered_set<Connection*> connections_;
    std::thread thread_;
};

/// Calls back once or again and again on its loop. Made, used and destroyed on the loop's thread.
class Timer {
  public:
    Timer(Loop& loop, std::function<void()> on_fire);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    void once(int64_t after_ms);
    void every(int64_t period_ms);
    void cancel();

  private:
    struct Handle;
    Handle* handle_;  // frees itself when libuv has let go
};

}  // namespace belfry::net
