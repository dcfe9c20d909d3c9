#include "query/workers.h"

namespace belfry::query {

struct Workers::Job {
    const std::function<void(size_t)>* part = nullptr;  // valid until `done == parts`
    size_t parts = 0;
    std::atomic<size_t> next{0};
    std::mutex mutex;  // guards done
    std::condition_variable finished;
    size_t done = 0;

    // Works until no part is left to take.
    void work() {
        size_t count = 0;
        for (size_t i = next.fetch_add(1); i < parts; i = next.fetch_add(1)) {
            (*part)(i);
            count++;
        }
        if (count == 0) return;
        const std::lock_guard lock(mutex);
        done += count;
        if (done == parts) finished.notify_all();
    }
};

Workers::Workers(size_t helpers) {
    threads_.reserve(helpers);
    for (size_t i = 0; i < helpers; i++) threads_.emplace_back([this] { help(); });
}

Workers::~Workers() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Workers::run(size_t parts, const std::function<void(size_t)>& part) {
    if (parts == 0) return;
    if (parts == 1 || threads_.empty()) {
        for (size_t i = 0; i < parts; i++) part(i);
        return;
    }
    const auto job = std::make_shared<Job>();
    job->part = &part;
    job->parts = parts;
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(job);
    }
    if (parts == 2) wake_.notify_one();
    else wake_.notify_all();
    job->work();
    std::unique_lock lock(job->mutex);
    job->finished.wait(lock, [&] { return job->done == parts; });
}

void Workers::help() {
    for (;;) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stop_ || !jobs_.empty(); });
            if (jobs_.empty()) return;  // only when stopping
            job = jobs_.front();
            if (job->next.load() >= job->parts) {  // all its parts are taken
                jobs_.pop_front();
                continue;
            }
        }
        job->work();
    }
}

}  // namespace belfry::query
