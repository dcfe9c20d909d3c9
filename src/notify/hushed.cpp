#include "notify/hushed.h"

#include "base/json.h"
#include "base/log.h"
#include "codec/alarm_record.h"
#include "notify/matchers.h"
#include "notify/stats.h"

namespace belfry::notify {
namespace {

constexpr int64_t LOOK_AGAIN_MS = 2'000;  // at what has no end that is known before

}  // namespace

void Hushed::add(const EventPtr& event, const std::string& method_id, Place place) {
    if (count_ >= config_.hushed_max) {
        hushed_refused.add();
        return;
    }
    const std::string& id = event->alarm.id;
    Alarm& alarm = alarms_[id];
    if (std::find(alarm.methods.begin(), alarm.methods.end(), method_id) != alarm.methods.end()) return;
    due_.erase({alarm.next_ms, id});
    alarm.event = event;
    alarm.place = place;
    alarm.methods.push_back(method_id);
    alarm.next_ms = 0;
    due_.emplace(alarm.next_ms, id);
    ++count_;
    dirty_.insert(id);
}

void Hushed::remove(const std::string& alarm_id) {
    const auto found = alarms_.find(alarm_id);
    due_.erase({found->second.next_ms, alarm_id});
    count_ -= found->second.methods.size();
    dirty_.insert(alarm_id);
    alarms_.erase(found);
}

void Hushed::clear(const std::string& alarm_id, Place place) {
    const auto found = alarms_.find(alarm_id);
    if (found != alarms_.end() && found->second.place < place) remove(alarm_id);
}

std::optional<int64_t> Hushed::quiet_until(const model::Alarm& alarm, int64_t now_ms) {
    const model::Dimensions labels = labels_of(alarm);
    std::optional<int64_t> out;
    for (const catalog::Silence& silence : *catalog_.silences(alarm.tenant))
        if (silence.starts_ms <= now_ms && now_ms < silence.ends_ms && all_match(silence.matchers, labels))
            out = std::max(out.value_or(0), silence.ends_ms);
    if (out) return out;
    if (!inhibition_.inhibited_by(catalog_.routing(alarm.tenant), alarm, labels).empty()) return now_ms + LOOK_AGAIN_MS;
    return std::nullopt;
}

// A silence was made, changed or removed.
void Hushed::look_at_all() {
    auto silences = catalog_.silence_documents();
    if (silences == silences_) return;
    silences_ = std::move(silences);
    due_.clear();
    for (auto& [id, alarm] : alarms_) {
        alarm.next_ms = 0;
        due_.emplace(0, id);
    }
}

std::vector<Hushed::Due> Hushed::due(int64_t now_ms) {
    std::vector<Due> out;
    if (alarms_.empty()) return out;
    look_at_all();
    while (!due_.empty() && due_.begin()->first <= now_ms) {
        const std::string id = due_.begin()->second;
        Alarm& alarm = alarms_.at(id);
        const model::Alarm& told = alarm.event->alarm;
        auto again_ms = quiet_until(told, now_ms);
        const auto now = find_alarm_ ? find_alarm_(told.tenant, id) : nullptr;
        // the store may be ahead: what happened comes here, too
        if (!again_ms && now && now->state != told.state) again_ms = now_ms + LOOK_AGAIN_MS;
        if (again_ms) {
            due_.erase(due_.begin());
            alarm.next_ms = *again_ms;
            due_.emplace(alarm.next_ms, id);
            continue;
        }
        if (!now || (!now->acknowledged && now->actions_enabled))
            for (const std::string& method_id : alarm.methods)
                if (MethodPtr method = catalog_.method(told.tenant, method_id))
                    out.push_back({.event = alarm.event, .method = std::move(method)});
        remove(id);
    }
    return out;
}

std::optional<int64_t> Hushed::next_due_ms() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void Hushed::restore(const std::vector<StateRow>& rows) {
    for (const StateRow& row : rows) {
        const auto json = JsonView::parse(row.json);
        auto batch = json.ok() ? codec::read_alarm_batch(json->get("alarm")) : Result<model::AlarmBatch>(json.error());
        if (!batch.ok() || batch->events.size() != 1) {
            log_error("notify", "an alarm that was kept quiet cannot be read from the store and is forgotten",
                      {{"alarm", row.key}});
            continue;
        }
        const auto event = std::make_shared<const model::AlarmEvent>(std::move(batch->events.front()));
        const Place place{.offset = static_cast<uint64_t>(json->int_or("offset", 0)),
                          .index = static_cast<uint64_t>(json->int_or("index", 0))};
        const JsonView methods = json->get("methods");
        for (size_t i = 0; i < methods.size(); ++i)
            add(event, methods.at(i).as_string().value_or(""), place);
    }
    dirty_.clear();
}

void Hushed::take(StoreBatch& batch) {
    for (const std::string& id : std::exchange(dirty_, {})) {
        StateRow row{.key = id, .json = {}};
        if (const auto found = alarms_.find(id); found != alarms_.end()) {
            const model::AlarmBatch alarm{.origin = "notify", .covered = 0, .events = {*found->second.event}};
            JsonWriter json;
            json.begin_object().key("alarm").raw(codec::encode_alarm_batch(alarm));
            json.field("offset", static_cast<int64_t>(found->second.place.offset));
            json.field("index", static_cast<int64_t>(found->second.place.index)).key("methods").begin_array();
            for (const std::string& method_id : found->second.methods)
                json.string(method_id);
            json.end_array().end_object();
            row.json = json.take();
        }
        batch.hushed.push_back(std::move(row));
    }
}

void Hushed::put_back(const std::vector<StateRow>& rows) {
    for (const StateRow& row : rows)
        dirty_.insert(row.key);
}

}  // namespace belfry::notify
