#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace belfry::app {

/// Calls `work` on a thread of its own every `period_ms` (from the end of one call to the start of the next), until
/// destroyed.
class Periodic {
  public:
    /// `name` is what ps and top show, at most 15 bytes.
    Periodic(const std::string& name, int64_t period_ms, std::function<void()> work);
    ~Periodic();
    Periodic(const Periodic&) = delete;
    Periodic& operator=(const Periodic&) = delete;

  private:
    std::mutex mutex_;  // guards stop_
    std::condition_variable wake_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace belfry::app
