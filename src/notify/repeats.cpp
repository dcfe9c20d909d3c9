#include "notify/repeats.h"

#include "base/json.h"
#include "base/log.h"
#include "codec/alarm_record.h"
#include "notify/stats.h"

namespace belfry::notify {

void Repeats::clear(const std::string& alarm_id) {
    const auto found = alarms_.find(alarm_id);
    if (found == alarms_.end()) return;
    for (const Repeat& repeat : found->second.repeats)
        due_.erase({repeat.next_ms, alarm_id});
    count_ -= found->second.repeats.size();
    alarms_.erase(found);
    dirty_.insert(alarm_id);
}

bool Repeats::add(const EventPtr& event, const Method& method, int64_t now_ms) {
    if (count_ >= config_.repeats_max) {
        repeats_refused.add();
        return false;
    }
    const std::string& id = event->alarm.id;
    Alarm& alarm = alarms_[id];
    alarm.event = event;
    alarm.repeats.push_back({.method_id = method.method.id,
                             .period_s = method.method.period_s,
                             .next_ms = now_ms + method.method.period_s * 1000});
    due_.emplace(alarm.repeats.back().next_ms, id);
    ++count_;
    dirty_.insert(id);
    return true;
}

bool Repeats::goes_on(const Alarm& alarm, const Repeat& repeat, bool* quiet) const {
    const model::Alarm& told = alarm.event->alarm;
    const MethodPtr method = catalog_.method(told.tenant, repeat.method_id);
    if (!method || method->method.period_s != repeat.period_s) return false;
    if (!find_alarm_) return true;
    const auto now = find_alarm_(told.tenant, told.id);
    if (!now || now->state != told.state || !now->actions_enabled) return false;
    *quiet = now->acknowledged.has_value();
    return true;
}

std::vector<Repeats::Due> Repeats::due(int64_t now_ms) {
    std::vector<Due> out;
    while (!due_.empty() && due_.begin()->first <= now_ms) {
        const std::string id = due_.begin()->second;
        due_.erase(due_.begin());
        const auto found = alarms_.find(id);
        if (found == alarms_.end()) continue;
        Alarm& alarm = found->second;
        std::erase_if(alarm.repeats, [&](Repeat& repeat) {
            if (repeat.next_ms > now_ms) return false;
            bool quiet = false;
            if (!goes_on(alarm, repeat, &quiet)) {
                --count_;
                dirty_.insert(id);
                return true;
            }
            if (!quiet)
                out.push_back(
                    {.event = alarm.event, .method = catalog_.method(alarm.event->alarm.tenant, repeat.method_id)});
            // no burst after a stop: periods that went by are left out
            const int64_t period_ms = std::max<int64_t>(repeat.period_s, 1) * 1000;
            repeat.next_ms += ((now_ms - repeat.next_ms) / period_ms + 1) * period_ms;
            due_.emplace(repeat.next_ms, id);
            return false;
        });
        if (alarm.repeats.empty()) alarms_.erase(found);
    }
    return out;
}

std::optional<int64_t> Repeats::next_due_ms() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void Repeats::restore(const std::vector<StateRow>& rows) {
    for (const StateRow& row : rows) {
        const auto json = JsonView::parse(row.json);
        auto batch = json.ok() ? codec::read_alarm_batch(json->get("alarm")) : Result<model::AlarmBatch>(json.error());
        if (!batch.ok() || batch->events.size() != 1) {
            log_error("notify", "a repeat cannot be read from the store and is forgotten", {{"alarm", row.key}});
            continue;
        }
        Alarm& alarm = alarms_[row.key];
        alarm.event = std::make_shared<const model::AlarmEvent>(std::move(batch->events.front()));
        const JsonView repeats = json->get("repeats");
        for (size_t i = 0; i < repeats.size(); ++i) {
            const JsonView one = repeats.at(i);
            alarm.repeats.push_back({.method_id = one.string_or("method_id", ""),
                                     .period_s = one.int_or("period_s", 0),
                                     .next_ms = one.int_or("next_ms", 0)});
            due_.emplace(alarm.repeats.back().next_ms, row.key);
            ++count_;
        }
    }
}

void Repeats::take(StoreBatch& batch) {
    for (const std::string& id : std::exchange(dirty_, {})) {
        StateRow row{.key = id, .json = {}};
        if (const auto found = alarms_.find(id); found != alarms_.end()) {
            model::AlarmBatch alarm{.origin = "notify", .covered = 0, .events = {*found->second.event}};
            JsonWriter json;
            json.begin_object().key("alarm").raw(codec::encode_alarm_batch(alarm)).key("repeats").begin_array();
            for (const Repeat& repeat : found->second.repeats) {
                json.begin_object().field("method_id", repeat.method_id).field("period_s", repeat.period_s);
                json.field("next_ms", repeat.next_ms).end_object();
            }
            json.end_array().end_object();
            row.json = json.take();
        }
        batch.repeats.push_back(std::move(row));
    }
}

void Repeats::put_back(const std::vector<StateRow>& rows) {
    for (const StateRow& row : rows)
        dirty_.insert(row.key);
}

}  // namespace belfry::notify
