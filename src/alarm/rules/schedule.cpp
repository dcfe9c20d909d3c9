#include "alarm/rules/schedule.h"

#include "base/hash.h"

#include <pthread.h>

namespace belfry::alarm {
namespace {

constexpr int64_t LOOK_MS = 1'000;  // a waiting thread looks at the clock at least so often: it may be set

}  // namespace

int64_t next_slot_ms(std::string_view key, int64_t interval_ms, int64_t now_ms) {
    const auto offset = static_cast<int64_t>(hash64(key) % static_cast<uint64_t>(interval_ms));
    const int64_t since = now_ms - offset;
    const int64_t slot = since >= 0 ? since / interval_ms : -((-since + interval_ms - 1) / interval_ms);
    return (slot + 1) * interval_ms + offset;
}

void Schedule::put(const std::shared_ptr<Turn>& turn) {
    {
        const std::lock_guard lock(mutex_);
        if (!turns_.try_emplace(turn.get(), Entry{.turn = turn}).second) return;
        due_.emplace(turn->next_due_ms(clock_.now_ms()), turn.get());
    }
    wake_.notify_one();
}

void Schedule::remove(Turn& turn) {
    turn.stop();
    const std::lock_guard lock(mutex_);
    turns_.erase(&turn);
    for (auto at = due_.begin(); at != due_.end();)
        at = at->second == &turn ? due_.erase(at) : std::next(at);
}

std::optional<Schedule::Due> Schedule::take_due() {
    const int64_t now_ms = clock_.now_ms();
    const bool quick_only = thread_count_ > 1 && slow_running_ + 1 >= thread_count_;
    for (auto at = due_.begin(); at != due_.end() && at->first <= now_ms; ++at) {
        const Entry& entry = turns_.at(at->second);
        if (entry.slow && quick_only) continue;
        Due out{.at_ms = at->first, .turn = entry.turn, .slow = entry.slow};
        due_.erase(at);
        slow_running_ += out.slow ? 1 : 0;
        return out;
    }
    return std::nullopt;
}

void Schedule::run_one(const Due& due) {
    const int64_t start_ms = clock_.monotonic_ms();
    {
        const std::lock_guard turn(due.turn->turn);
        due.turn->evaluate(due.at_ms);
    }
    const std::lock_guard lock(mutex_);
    slow_running_ -= due.slow ? 1 : 0;
    const auto still = turns_.find(due.turn.get());
    if (still == turns_.end()) return;
    still->second.slow = clock_.monotonic_ms() - start_ms > SLOW_MS;
    const int64_t interval_ms = due.turn->interval_ms();
    const int64_t now_ms = clock_.now_ms();
    int64_t next_ms = due.at_ms + interval_ms;
    if (now_ms >= next_ms + interval_ms) {
        const int64_t missed = (now_ms - next_ms) / interval_ms;
        due.turn->count_missed(static_cast<uint64_t>(missed));
        next_ms += missed * interval_ms;
    } else if (next_ms - now_ms > 2 * interval_ms) {
        next_ms = due.turn->next_due_ms(now_ms);  // the clock was set back
    }
    due_.emplace(next_ms, due.turn.get());
}

size_t Schedule::run_due() {
    for (size_t count = 0;; ++count) {
        std::optional<Due> due;
        {
            const std::lock_guard lock(mutex_);
            due = take_due();
        }
        if (!due) return count;
        run_one(*due);
    }
}

void Schedule::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (const std::optional<Due> due = take_due()) {
            lock.unlock();
            wake_.notify_one();  // somebody else waits for the next
            run_one(*due);
            lock.lock();
            continue;
        }
        const int64_t now_ms = clock_.now_ms();
        // what is due and slow waits for another slow one, whose thread takes it
        const auto next = due_.upper_bound(now_ms);
        const int64_t wait_ms = next == due_.end() ? LOOK_MS : std::clamp<int64_t>(next->first - now_ms, 1, LOOK_MS);
        wake_.wait_for(lock, std::chrono::milliseconds(wait_ms));
    }
}

void Schedule::start() {
    const std::lock_guard lock(mutex_);
    if (!threads_.empty() || stopping_) return;
    for (uint32_t i = 0; i < std::max<uint32_t>(1, thread_count_); ++i) {
        threads_.emplace_back([this] {
            ::pthread_setname_np(::pthread_self(), "rules");
            work();
        });
    }
}

void Schedule::stop() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const auto& [key, entry] : turns_)
            entry.turn->stop();
        threads.swap(threads_);
    }
    wake_.notify_all();
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace belfry::alarm
