#include "app/periodic.h"

#include <pthread.h>

namespace belfry::app {

Periodic::Periodic(const std::string& name, int64_t period_ms, std::function<void()> work)
    : thread_([this, name, period_ms, work = std::move(work)] {
          ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, std::chrono::milliseconds(period_ms), [this] { return stop_; })) {
              lock.unlock();
              work();
              lock.lock();
          }
      }) {}

Periodic::~Periodic() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

}  // namespace belfry::app
