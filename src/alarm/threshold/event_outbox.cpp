#include "alarm/threshold/event_outbox.h"

#include "alarm/threshold/stats.h"
#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace belfry::alarm {
namespace {

constexpr std::chrono::milliseconds RETRY_AFTER{50};

LogLimiter submit_log;

}  // namespace

void EventOutbox::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "alarm events");
        run();
    });
}

void EventOutbox::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        if (!thread_.joinable()) ended_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void EventOutbox::push(std::vector<model::AlarmEvent> events, uint64_t covered) {
    if (events.empty()) return;
    for (const model::AlarmEvent& event : events)
        threshold_events.at({std::string(model::to_string(event.kind))}).add();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return pending_ < config_.pending_events_max || stopping_; });
    pending_ += events.size();
    pushed_ += events.size();
    threshold_pending.set(static_cast<double>(pending_));
    parts_.push_back({std::move(events), covered});
    changed_.notify_all();
}

uint64_t EventOutbox::pushed() const {
    const std::lock_guard lock(mutex_);
    return pushed_;
}

bool EventOutbox::wait_durable(uint64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return durable_ >= count || ended_; });
    return durable_ >= count;
}

// The log may cut a batch into records, of which only the last one carries `covered`: a crash in between decides the
// batch again. That changes nothing as long as no alarm changes its state twice in it.
bool EventOutbox::changes_again(const Part& part) const {
    return std::any_of(part.events.begin(), part.events.end(),
                       [this](const model::AlarmEvent& event) { return changed_alarms_.contains(event.alarm.id); });
}

// Whole parts up to the limit. A part that is larger alone is split; until its end the batch covers what it covered
// before, so that a crash in between decides the rest again, and what was told of it changes nothing then.
model::AlarmBatch EventOutbox::take_batch() {
    model::AlarmBatch out;
    out.origin = "threshold";
    changed_alarms_.clear();
    while (!parts_.empty() && out.events.size() < config_.batch_events_max) {
        Part& part = parts_.front();
        if (changes_again(part)) break;
        const size_t room = config_.batch_events_max - out.events.size();
        const size_t count = std::min(room, part.events.size());
        const auto end = part.events.begin() + static_cast<std::ptrdiff_t>(count);
        for (size_t i = 0; i < count; ++i)
            if (part.events[i].kind == model::AlarmEvent::Kind::transition)
                changed_alarms_.insert(part.events[i].alarm.id);
        out.events.insert(out.events.end(), std::make_move_iterator(part.events.begin()), std::make_move_iterator(end));
        if (count < part.events.size()) {
            part.events.erase(part.events.begin(), end);
            break;
        }
        covered_ = part.covered;
        parts_.pop_front();
    }
    out.covered = covered_;
    return out;
}

void EventOutbox::run() {
    for (;;) {
        model::AlarmBatch batch;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !parts_.empty() || stopping_; });
            if (parts_.empty()) break;
            batch = take_batch();
        }
        const size_t count = batch.events.size();
        if (!submit(std::move(batch))) break;
        const std::lock_guard lock(mutex_);
        pending_ -= count;
        durable_ += count;
        threshold_pending.set(static_cast<double>(pending_));
        changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

// False: stopped while the log did not take it.
bool EventOutbox::submit(model::AlarmBatch batch) {
    for (;;) {
        const int64_t begin_ns = system_clock().monotonic_ns();
        const auto done = log_.submit(batch);
        if (done.ok()) {
            threshold_submit_seconds.observe_ns(system_clock().monotonic_ns() - begin_ns);
            return true;
        }
        const bool later = done.error().code == Code::exhausted || done.error().code == Code::unavailable;
        uint64_t more = 0;
        if (submit_log.allow(&more))
            log_error("alarm", later ? "transitions wait for the log" : "transitions cannot be logged",
                      {{"events", batch.events.size()}, {"error", done.error().message}, {"more", more}});
        if (!later) {
            if (batch.events.size() == 1) return true;  // too large for a record: nobody can have it
            model::AlarmBatch rest = batch;
            const auto half = static_cast<std::ptrdiff_t>(batch.events.size() / 2);
            batch.events.erase(batch.events.begin() + half, batch.events.end());
            batch.covered = 0;
            rest.events.erase(rest.events.begin(), rest.events.begin() + half);
            return submit(std::move(batch)) && submit(std::move(rest));
        }
        threshold_submit_retries.add();
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, RETRY_AFTER, [this] { return stopping_; })) return false;
    }
}

}  // namespace belfry::alarm
