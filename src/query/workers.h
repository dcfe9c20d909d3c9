#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace belfry::query {

/// Threads that help queries with their parts. The caller always works too, so a query makes progress even when every
/// helper is busy with others. Owned by the app, shared by all engines; any thread may call `run`.
class Workers {
  public:
    /// `helpers` threads beside the callers; 0 is allowed (everything runs in the caller).
    explicit Workers(size_t helpers);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// How many threads work on one `run` at most, the caller included.
    [[nodiscard]] size_t width() const { return threads_.size() + 1; }

    /// Calls `part(i)` for every i in [0, parts), each once, on several threads at once; returns when all are done.
    void run(size_t parts, const std::function<void(size_t)>& part);

  private:
    struct Job;
    void help();

    std::mutex mutex_;  // guards jobs_ and stop_
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Job>> jobs_;
    bool stop_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace belfry::query
