#include "ingest/agent/runner.h"

#include "base/log.h"
#include "ingest/agent/stats.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace belfry::ingest::agent {

struct CheckRunner::Shared {
    explicit Shared(Clock& c, Sink s) : clock(c), sink(std::move(s)) {}
    Clock& clock;
    std::mutex mutex;  // guards what follows
    std::condition_variable wake, ended;
    size_t threads = 0;
    bool stopping = false;

    std::mutex sink_mutex;  // held while sink is called; after a stop it is empty
    Sink sink;
};

CheckRunner::CheckRunner(Clock& clock, std::vector<ScheduledCheck> checks, Sink sink)
    : shared_(std::make_shared<Shared>(clock, std::move(sink))), checks_(std::move(checks)) {}

CheckRunner::~CheckRunner() {
    stop();
}

void CheckRunner::start() {
    const size_t count = checks_.size();
    for (size_t i = 0; i < count; ++i) {
        ScheduledCheck& check = checks_[i];
        // spread over their periods, at most a second, so that all do not begin at once
        const auto offset_ms = static_cast<int64_t>(static_cast<double>(std::min<int64_t>(check.period_ms, 1'000)) *
                                                    static_cast<double>(i) / static_cast<double>(count));
        {
            const std::lock_guard lock(shared_->mutex);
            ++shared_->threads;
        }
        std::thread([shared = shared_, one = std::move(check), offset_ms]() mutable {
            run(shared, std::move(one), offset_ms);
        }).detach();
    }
    checks_.clear();
}

void CheckRunner::stop() {
    {
        std::unique_lock lock(shared_->mutex);
        shared_->stopping = true;
        shared_->wake.notify_all();
        if (!shared_->ended.wait_for(lock, std::chrono::milliseconds(STOP_MS), [&] { return shared_->threads == 0; }))
            log_warn("agent", "checks that hang are left behind", {{"checks", shared_->threads}});
    }
    const std::lock_guard lock(shared_->sink_mutex);
    shared_->sink = nullptr;
}

void CheckRunner::run(const std::shared_ptr<Shared>& shared, ScheduledCheck check, int64_t offset_ms) {
    std::unique_lock lock(shared->mutex);
    int64_t wait_ms = offset_ms;
    bool was_well = true;
    while (true) {
        shared->wake.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return shared->stopping; });
        if (shared->stopping) break;
        lock.unlock();
        const int64_t start_ms = shared->clock.monotonic_ms();
        Measurements found;
        checks_running.add(1);
        const Status done = check.check->run(found);
        checks_running.add(-1);
        checks_total.at({check.plugin, done.ok() ? "done" : "failed"}).add();
        if (!done.ok() && was_well)  // told when it begins, counted each time
            log_warn("agent", "a check found nothing out",
                     {{"check", check.place}, {"plugin", check.plugin}, {"error", done.error().message}});
        was_well = done.ok();
        if (!found.empty()) {
            const std::lock_guard sink_lock(shared->sink_mutex);
            if (shared->sink) shared->sink(check.plugin, std::move(found));
        }
        wait_ms = std::max<int64_t>(check.period_ms - (shared->clock.monotonic_ms() - start_ms), 1);
        lock.lock();
    }
    if (--shared->threads == 0) shared->ended.notify_all();
}

}  // namespace belfry::ingest::agent
