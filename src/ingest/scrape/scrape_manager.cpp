#include "ingest/scrape/scrape_manager.h"

#include "base/log.h"
#include "ingest/scrape/discovery.h"
#include "ingest/scrape/stats.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace belfry::ingest::scrape {

struct ScrapeManager::Pool {
    std::shared_ptr<const JobConfig> job;
    std::vector<Discovery> discoveries;
    std::map<std::string, std::shared_ptr<Target>> targets;  // by key
    std::vector<DroppedTarget> dropped;
    uint64_t dropped_count = 0;
    std::string error;
};

ScrapeManager::ScrapeManager(Parts parts) : parts_(std::move(parts)) {
    cancel_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    scraper_ = std::make_unique<Scraper>(Scraper::Parts{.clock = parts_.clock,
                                                        .config = parts_.config,
                                                        .sink = parts_.sink,
                                                        .stats = parts_.stats,
                                                        .cancel_fd = cancel_fd_});
}

ScrapeManager::~ScrapeManager() {
    stop();
    if (cancel_fd_ >= 0) ::close(cancel_fd_);
}

int64_t ScrapeManager::next_turn_ms(int64_t now_ms, int64_t interval_ms, uint64_t spread) {
    const auto offset = static_cast<int64_t>(spread % static_cast<uint64_t>(interval_ms));
    const int64_t turn = now_ms - now_ms % interval_ms + offset;
    return turn >= now_ms ? turn : turn + interval_ms;
}

uint64_t ScrapeManager::spread_of(const Target& target) const {
    return hash64(target.plan.key() + "\n" + parts_.node);
}

void ScrapeManager::add_turn(const std::shared_ptr<Target>& target, int64_t from_ms) {
    turns_.push({next_turn_ms(from_ms, target->plan.interval_ms, spread_of(*target)), target});
}

Status ScrapeManager::reload() {
    const std::lock_guard one(reload_mutex_);
    ScrapeFile file;
    const std::string signature = file_signature(parts_.config.config_file);
    Status read;
    if (!parts_.config.config_file.empty()) {
        Result<ScrapeFile> loaded = load_scrape_config(parts_.config.config_file);
        if (loaded.ok())
            file = std::move(loaded).value();
        else
            read = std::move(loaded).error();
    }
    if (read.ok() && !parts_.config.targets.empty()) {
        Result<std::shared_ptr<const JobConfig>> job = plain_job(parts_.config);
        if (job.ok())
            file.jobs.push_back(std::move(job).value());
        else
            read = std::move(job).error().context("scrape.targets");
    }
    reloads.at({read.ok() ? "taken" : "refused"}).add();
    {
        const std::lock_guard lock(mutex_);
        file_signature_ = signature;
        last_error_ = read.ok() ? "" : read.error().message;
    }
    if (!read.ok()) return read;
    for (const std::string& warning : file.warnings)
        log_warn("scrape", "not used", {{"file", parts_.config.config_file}, {"what", warning}});
    set_pools(file);
    return {};
}

// Under reload_mutex_: nobody else changes pools_, so it may be read without the other.
void ScrapeManager::set_pools(const ScrapeFile& file) {
    std::vector<std::unique_ptr<Pool>> fresh;  // a null where the pool of before goes on
    std::vector<size_t> same;
    for (const auto& job : file.jobs) {
        const auto known = std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) {
            return pool->job->name == job->name && pool->job->fingerprint == job->fingerprint;
        });
        same.push_back(static_cast<size_t>(known - pools_.begin()));
        fresh.push_back(nullptr);
        if (known != pools_.end()) continue;
        auto pool = std::make_unique<Pool>();
        pool->job = job;
        pool->discoveries = discoveries_of(*job);
        // Servers are slow: they are asked by the next look, so that neither the start nor a reload waits for them.
        for (Discovery& discovery : pool->discoveries)
            if (!discovery.asks_server()) (void)refresh(discovery, *pool);
        fresh.back() = std::move(pool);
    }
    const std::lock_guard lock(mutex_);
    std::vector<std::unique_ptr<Pool>> old = std::move(pools_);
    pools_.clear();
    for (size_t i = 0; i < fresh.size(); i++)
        pools_.push_back(fresh[i] ? std::move(fresh[i]) : std::move(old[same[i]]));
    file_ = file;
    for (const auto& pool : pools_)
        sync(*pool);
    for (const auto& pool : old) {
        if (!pool) continue;
        for (const auto& [key, target] : pool->targets)
            retire(target);
    }
    turn_wake_.notify_all();
    look_wake_.notify_all();
}

bool ScrapeManager::refresh(Discovery& discovery, const Pool& pool) {
    return discovery.refresh(parts_.clock, pool.job->name, cancel_fd_);
}

// The targets that the discoveries of a pool come to now; known ones go on. Under mutex_.
void ScrapeManager::sync(Pool& pool) {
    const JobConfig& job = *pool.job;
    std::map<std::string, std::shared_ptr<Target>> next;
    pool.dropped.clear();
    pool.dropped_count = 0;
    pool.error.clear();
    const size_t kept_max = job.limits.kept_dropped_targets == 0
                                ? DROPPED_KEPT_MAX
                                : std::min<size_t>(DROPPED_KEPT_MAX, job.limits.kept_dropped_targets);
    for (const Discovery& discovery : pool.discoveries) {
        if (!discovery.error().empty()) pool.error = discovery.error();
        for (const TargetGroup& group : discovery.groups()) {
            for (const std::string& address : group.targets) {
                Result<TargetPlan> plan = plan_target(job, group, address);
                if (!plan.ok()) {
                    pool.error = fmt::format("{}: {}", group.source, plan.error().message);
                } else if (plan->dropped) {
                    pool.dropped_count++;
                    if (pool.dropped.size() < kept_max) pool.dropped.push_back({std::move(plan->discovered)});
                } else if (std::string key = plan->key(); !next.contains(key)) {
                    const auto known = pool.targets.find(key);
                    next.emplace(std::move(key), known != pool.targets.end()
                                                     ? known->second
                                                     : std::make_shared<Target>(pool.job, std::move(plan).value()));
                }
            }
        }
    }
    uint64_t others = 0;
    for (const auto& other : pools_)
        if (other.get() != &pool) others += other->targets.size();
    if (job.limits.targets > 0 && next.size() > job.limits.targets) {
        pool.error =
            fmt::format("target_limit: {} targets, {} are allowed; none is scraped", next.size(), job.limits.targets);
        next.clear();
    } else if (others + next.size() > parts_.config.targets_max) {
        pool.error = fmt::format("scrape.targets_max: {} targets of all jobs, {} are allowed; this job is not scraped",
                                 others + next.size(), parts_.config.targets_max);
        next.clear();
    }
    for (const auto& [key, target] : pool.targets)
        if (!next.contains(key)) retire(target);
    for (const auto& [key, target] : next)
        if (!pool.targets.contains(key)) add_turn(target, parts_.clock.now_ms());
    pool.targets = std::move(next);
    if (!pool.error.empty()) log_warn("scrape", "targets", {{"job", job.name}, {"error", pool.error}});
    uint64_t count = 0;
    for (const auto& other : pools_)
        count += other->targets.size();
    targets_now.set(static_cast<double>(count));
}

// Its series end two intervals from now, with the time of its first turn that was left out: it may come back before.
void ScrapeManager::retire(const std::shared_ptr<Target>& target) {
    target->retired = true;
    const int64_t turn = next_turn_ms(parts_.clock.now_ms(), target->plan.interval_ms, spread_of(*target));
    leaving_.push_back({turn + target->plan.interval_ms * 2, target});
}

bool ScrapeManager::is_taken_over(const Target& gone) const {
    for (const auto& pool : pools_)
        for (const auto& [key, target] : pool->targets)
            if (target->plan.labels == gone.plan.labels) return true;
    return false;
}

void ScrapeManager::start() {
    const std::lock_guard lock(mutex_);
    if (started_ || stopping_) return;
    started_ = true;
    turn_thread_ = std::thread([this] { run_turns(); });
    look_thread_ = std::thread([this] { run_looks(); });
}

void ScrapeManager::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopping_, true)) return;
        work_.clear();
    }
    ::eventfd_write(cancel_fd_, 1);
    turn_wake_.notify_all();
    work_wake_.notify_all();
    look_wake_.notify_all();
    if (turn_thread_.joinable()) turn_thread_.join();
    if (look_thread_.joinable()) look_thread_.join();
    std::unique_lock lock(mutex_);
    work_wake_.wait(lock, [this] { return workers_.empty(); });
    join_finished(lock);
}

// Moves the handles out, so that nobody is waited for under the lock.
void ScrapeManager::join_finished(std::unique_lock<std::mutex>& lock) {
    std::list<std::thread> done = std::move(finished_);
    finished_.clear();
    lock.unlock();
    for (std::thread& thread : done)
        thread.join();
    lock.lock();
}

void ScrapeManager::run_turns() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const int64_t now_ms = parts_.clock.now_ms();
        while (!turns_.empty() && turns_.top().due_ms <= now_ms) {
            const Turn turn = turns_.top();
            turns_.pop();
            if (turn.target->retired) continue;
            add_turn(turn.target, now_ms + 1);
            const bool aligned = now_ms - turn.due_ms <= ALIGN_MS;
            if (turn.target->busy.exchange(true))
                scrapes_late.add();
            else
                enqueue({turn.target, aligned ? turn.due_ms : now_ms, false});
        }
        for (size_t i = 0; i < leaving_.size();) {
            if (leaving_[i].due_ms > now_ms || leaving_[i].target->busy.exchange(true)) {
                i++;
                continue;
            }
            const Turn gone = std::move(leaving_[i]);
            leaving_[i] = std::move(leaving_.back());
            leaving_.pop_back();
            if (!is_taken_over(*gone.target))
                enqueue({gone.target, gone.due_ms - 2 * gone.target->plan.interval_ms, true});
        }
        join_finished(lock);
        if (stopping_) break;
        int64_t wait_ms = LOOK_MS;
        if (!turns_.empty()) wait_ms = std::clamp<int64_t>(turns_.top().due_ms - parts_.clock.now_ms(), 0, LOOK_MS);
        // A clock that was set back would leave the targets alone until it is where it was.
        if (!turns_.empty() && turns_.top().due_ms - now_ms > 2 * turns_.top().target->plan.interval_ms) {
            std::vector<std::shared_ptr<Target>> targets;
            for (; !turns_.empty(); turns_.pop())
                targets.push_back(turns_.top().target);
            for (const auto& target : targets)
                if (!target->retired) add_turn(target, now_ms);
        }
        if (wait_ms > 0) turn_wake_.wait_for(lock, std::chrono::milliseconds(wait_ms));
    }
}

// Under mutex_.
void ScrapeManager::enqueue(Job job) {
    work_.push_back(std::move(job));
    if (work_.size() > idle_workers_ && workers_.size() < parts_.config.threads_max) {
        const auto self = workers_.emplace(workers_.end());
        *self = std::thread([this, self] { run_worker(self); });
        threads_now.set(static_cast<double>(workers_.size()));
    } else if (work_.size() > idle_workers_) {
        scrapes_waited.add();
    }
    work_wake_.notify_one();
}

void ScrapeManager::run_worker(std::list<std::thread>::iterator self) {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (work_.empty()) {
            idle_workers_++;
            const bool woken = work_wake_.wait_for(lock, std::chrono::milliseconds(THREAD_IDLE_MS),
                                                   [this] { return stopping_ || !work_.empty(); });
            idle_workers_--;
            if (!woken) break;
            continue;
        }
        const Job job = std::move(work_.front());
        work_.pop_front();
        lock.unlock();
        if (job.end_series)
            scraper_->end_series(*job.target, job.time_ms);
        else
            scraper_->scrape(*job.target, job.time_ms);
        job.target->busy = false;
        lock.lock();
    }
    finished_.splice(finished_.end(), workers_, self);
    threads_now.set(static_cast<double>(workers_.size()));
    work_wake_.notify_all();
}

void ScrapeManager::run_looks() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        look();
        lock.lock();
        if (!stopping_) look_wake_.wait_for(lock, std::chrono::milliseconds(LOOK_MS));
    }
}

// What changed on disk or is due to be asked again.
void ScrapeManager::look() {
    const std::string signature = file_signature(parts_.config.config_file);
    bool changed = false;
    {
        const std::lock_guard lock(mutex_);
        changed = signature != file_signature_;
    }
    if (changed) {
        if (Status status = reload(); !status.ok())
            log_warn("scrape", "configuration not taken, the old one stays", {{"error", status.error().message}});
        else
            log_info("scrape", "configuration read", {{"file", parts_.config.config_file}});
    }
    const std::lock_guard one(reload_mutex_);
    // Pools change under reload_mutex_ alone, so they may be walked without the other; files and servers are slow.
    for (const auto& pool : pools_) {
        bool fresh = false;
        for (Discovery& discovery : pool->discoveries) {
            if (!discovery.is_due(parts_.clock)) continue;
            fresh = refresh(discovery, *pool) || fresh;
        }
        if (!fresh) continue;
        const std::lock_guard lock(mutex_);
        sync(*pool);
        turn_wake_.notify_all();
    }
}

std::vector<PoolView> ScrapeManager::pools() const {
    const std::lock_guard lock(mutex_);
    std::vector<PoolView> out;
    for (const auto& pool : pools_) {
        PoolView view{.job = pool->job,
                      .targets = {},
                      .dropped = pool->dropped,
                      .dropped_count = pool->dropped_count,
                      .error = pool->error};
        for (const auto& [key, target] : pool->targets)
            view.targets.push_back(target);
        out.push_back(std::move(view));
    }
    return out;
}

std::string ScrapeManager::config_text() const {
    const std::lock_guard lock(mutex_);
    return file_.shown;
}

std::vector<std::string> ScrapeManager::warnings() const {
    const std::lock_guard lock(mutex_);
    return file_.warnings;
}

std::string ScrapeManager::last_error() const {
    const std::lock_guard lock(mutex_);
    return last_error_;
}

}  // namespace belfry::ingest::scrape
