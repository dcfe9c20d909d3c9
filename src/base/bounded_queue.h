#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace belfry {

/// A queue between threads with a limit. Full is a normal state: `try_push` says false and the caller refuses its client.
template <typename T>
class BoundedQueue {
  public:
    explicit BoundedQueue(size_t limit) : limit_(limit) {}

    /// False when full or closed.
    [[nodiscard]] bool try_push(T item) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || items_.size() >= limit_) return false;
            items_.push_back(std::move(item));
        }
        ready_.notify_one();
        return true;
    }

    /// Waits for an item; nothing once closed and empty.
    [[nodiscard]] std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [&] { return closed_ || !items_.empty(); });
        return take();
    }

    /// Waits at most `timeout_ms`.
    [[nodiscard]] std::optional<T> pop_for(int64_t timeout_ms) {
        std::unique_lock lock(mutex_);
        ready_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return closed_ || !items_.empty(); });
        return take();
    }

    /// No more pushes; waiting threads wake up.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        ready_.notify_all();
    }

    [[nodiscard]] size_t depth() const {
        const std::lock_guard lock(mutex_);
        return items_.size();
    }
    [[nodiscard]] bool closed() const {
        const std::lock_guard lock(mutex_);
        return closed_;
    }

  private:
    std::optional<T> take() {
        if (items_.empty()) return std::nullopt;
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        return item;
    }

    const size_t limit_;
    mutable std::mutex mutex_;  // guards items_ and closed_
    std::condition_variable ready_;
    std::deque<T> items_;
    bool closed_ = false;
};

}  // namespace belfry
