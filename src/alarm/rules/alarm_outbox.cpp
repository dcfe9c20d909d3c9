#include "alarm/rules/alarm_outbox.h"

#include "alarm/rules/stats.h"
#include "base/hash.h"
#include "base/log.h"

namespace belfry::alarm {
namespace {

constexpr size_t BATCH_EVENTS_MAX = 10'000;

/// What people said about an alarm is theirs: an engine knows nothing of it.
void keep_what_people_set(model::Alarm& alarm, const model::Alarm& stored) {
    alarm.lifecycle_state = stored.lifecycle_state;
    if (!stored.link.empty()) alarm.link = stored.link;
    if (stored.created_ms > 0) alarm.created_ms = stored.created_ms;
    alarm.acknowledged = stored.acknowledged;
    if (alarm.state == model::AlarmState::ok && alarm.acknowledged && alarm.acknowledged->until_ms == 0)
        alarm.acknowledged.reset();
}

}  // namespace

std::string stable_uuid(std::initializer_list<std::string_view> parts) {
    std::string bytes;
    for (const std::string_view part : parts)
        bytes += fmt::format("{}:{}", part.size(), part);
    const Hash128 hash = hash128(bytes);
    std::string out = fmt::format("{:016x}{:016x}", hash.high, hash.low);
    out[12] = '8';  // a UUID of its maker's own making (RFC 9562, version 8)
    out[16] = "89ab"[hash.low >> 62];
    for (const size_t at : {8U, 13U, 18U, 23U})
        out.insert(at, 1, '-');
    return out;
}

void AlarmOutbox::put(std::vector<model::AlarmEvent> events) {
    if (events.empty()) return;
    for (model::AlarmEvent& event : events)
        if (event.id.empty()) event.id = catalog::random_uuid();
    {
        const std::lock_guard lock(mutex_);
        std::move(events.begin(), events.end(), std::back_inserter(waiting_));
        if (waiting_.size() > events_max_) fold();
    }
    (void)flush();
}

void AlarmOutbox::fold() {
    std::vector<model::AlarmEvent> out;
    std::map<std::string, size_t> last;  // an alarm's transition in `out`
    for (model::AlarmEvent& event : waiting_) {
        if (event.kind != model::AlarmEvent::Kind::transition) {
            last.erase(event.alarm.id);
            out.push_back(std::move(event));
            continue;
        }
        const auto [at, fresh] = last.try_emplace(event.alarm.id, out.size());
        if (fresh) {
            out.push_back(std::move(event));
            continue;
        }
        event.old_state = out[at->second].old_state;
        out[at->second] = std::move(event);
        events_folded.add();
    }
    waiting_ = std::move(out);
}

bool AlarmOutbox::flush() {
    const std::lock_guard turn(turn_);
    for (;;) {
        model::AlarmBatch batch;
        batch.origin = origin_;
        {
            const std::lock_guard lock(mutex_);
            if (waiting_.empty()) return true;
            const size_t count = std::min(waiting_.size(), BATCH_EVENTS_MAX);
            const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
            batch.events.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
            waiting_.erase(waiting_.begin(), end);
        }
        for (model::AlarmEvent& event : batch.events) {
            const auto known = stored_.find ? stored_.find(event.alarm.tenant, event.alarm.id) : nullptr;
            if (known && event.kind != model::AlarmEvent::Kind::deleted) keep_what_people_set(event.alarm, *known);
        }
        const size_t count = batch.events.size();
        std::vector<model::AlarmEvent> kept = batch.events;
        const Result<uint64_t> taken = log_.submit(std::move(batch));
        const std::lock_guard lock(mutex_);
        if (taken.ok()) {
            told_to_ = *taken + 1;
            events_told.add(count);
            events_waiting.set(static_cast<double>(waiting_.size()));
            continue;
        }
        waiting_.insert(waiting_.begin(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
        events_waiting.set(static_cast<double>(waiting_.size()));
        events_refused.add();
        log_warn("alarm", "what happened to alarms could not be written, it will be tried again",
                 {{"events", waiting_.size()}, {"error", taken.error().message}});
        return false;
    }
}

bool AlarmOutbox::settled() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && (!stored_.applied_to || stored_.applied_to() >= told_to_);
}

}  // namespace belfry::alarm
