#include "notify/groups.h"

#include "base/json.h"
#include "base/log.h"
#include "codec/alarm_record.h"
#include "notify/matchers.h"
#include "notify/stats.h"

namespace belfry::notify {
namespace {

constexpr int64_t SETTLE_MS = 2'000;  // a group that grows is stored as often, at most

std::string key_of(std::string_view tenant, const Route& route, const model::Dimensions& labels) {
    std::string out = fmt::format("{}|{}:{{", tenant, route.id);
    for (const auto& [name, value] : labels) {
        out += fmt::format("{}{}=", out.ends_with('{') ? "" : ",", name);
        append_json_string(out, value);
    }
    return out + "}";
}

}  // namespace

void Groups::note_dirty(const std::string& key, uint64_t offset, int64_t now_ms, bool told) {
    const auto [at, fresh] = dirty_.emplace(key, Dirty{.offset = offset, .since_ms = now_ms, .told = told});
    if (fresh) return;
    at->second.offset = std::min(at->second.offset, offset);
    at->second.told |= told;
}

void Groups::schedule(const std::string& key, Group& group, int64_t next_ms) {
    due_.erase({group.next_ms, key});
    group.next_ms = next_ms;
    due_.emplace(next_ms, key);
}

void Groups::remove(const std::string& key) {
    const auto found = groups_.find(key);
    if (found == groups_.end()) return;
    due_.erase({found->second.next_ms, key});
    for (const auto& [id, event] : found->second.alarms) {
        const auto of = groups_of_.find(id);
        if (of == groups_of_.end()) continue;
        of->second.erase(key);
        if (of->second.empty()) groups_of_.erase(of);
    }
    groups_.erase(found);
}

bool Groups::add(const EventPtr& event, uint64_t offset, int64_t now_ms) {
    const model::Alarm& alarm = event->alarm;
    const auto member = groups_of_.find(alarm.id);
    if (member != groups_of_.end())
        for (const std::string& key : member->second) {
            groups_.at(key).alarms[alarm.id] = event;
            note_dirty(key, offset, now_ms, false);
        }
    if (alarm.state != model::AlarmState::alarm) return true;
    const model::Dimensions labels = labels_of(alarm);
    const RoutingPtr routing = catalog_.routing(alarm.tenant);
    for (const Route* route : routing->find(labels)) {
        if (route->receiver.empty()) continue;
        model::Dimensions own = group_labels(*route, labels);
        const std::string key = key_of(alarm.tenant, *route, own);
        auto found = groups_.find(key);
        if (found == groups_.end()) {
            if (groups_.size() >= config_.groups_max) {
                groups_refused.add();
                return false;
            }
            found = groups_
                        .emplace(key, Group{.tenant = alarm.tenant,
                                            .route = route->id,
                                            .receiver = route->receiver,
                                            .labels = std::move(own)})
                        .first;
            schedule(key, found->second, now_ms + route->group_wait_ms);
        }
        found->second.alarms[alarm.id] = event;
        groups_of_[alarm.id].insert(key);
        note_dirty(key, offset, now_ms, false);
    }
    return true;
}

void Groups::forget(const std::string& alarm_id) {
    const auto member = groups_of_.find(alarm_id);
    if (member == groups_of_.end()) return;
    for (const std::string& key : member->second) {
        Group& group = groups_.at(key);
        // What was told as ringing is told as over.
        if (group.told.contains(alarm_id)) {
            auto over = std::make_shared<model::AlarmEvent>(*group.alarms.at(alarm_id));
            over->old_state = over->alarm.state;
            over->alarm.state = model::AlarmState::ok;
            over->alarm.reason = "The alarm was deleted";
            group.alarms[alarm_id] = std::move(over);
        } else {
            group.alarms.erase(alarm_id);
        }
        note_dirty(key, Delivery::NO_OFFSET, 0, true);
    }
    groups_of_.erase(member);
}

bool Groups::is_acknowledged(const model::Alarm& alarm) const {
    const auto now = find_alarm_ ? find_alarm_(alarm.tenant, alarm.id) : nullptr;
    return now && now->acknowledged.has_value();
}

std::optional<GroupNotice> Groups::tell(const std::string& key, Group& group, int64_t now_ms) {
    const RoutingPtr routing = catalog_.routing(group.tenant);
    const Route* route = routing->by_id(group.route);
    if (!route || route->receiver.empty()) return std::nullopt;
    group.receiver = route->receiver;
    const MethodPtr method = catalog_.method_by_name(group.tenant, route->receiver);
    if (!method) {
        actions_unknown.add();
        return std::nullopt;
    }
    GroupNotice out{.tenant = group.tenant, .method = method, .notice = nullptr};
    auto notice = std::make_shared<Notice>();
    std::set<std::string> firing;
    bool news = false;
    bool unattended = false;
    for (const auto& [id, event] : group.alarms) {
        const bool rings = is_firing(event->alarm);
        if (!rings && !group.told.contains(id)) continue;  // over before anybody was told
        if (!rings && !method->sends_resolved()) continue;
        if (rings) {
            const model::Dimensions labels = labels_of(event->alarm);
            if (!catalog_.silenced_by(group.tenant, labels, now_ms).empty()) continue;
            if (!inhibition_.inhibited_by(routing, event->alarm, labels).empty()) continue;
            firing.insert(id);
            const bool attended = is_acknowledged(event->alarm);
            unattended |= !attended;
            news |= !attended && !group.told.contains(id);
        } else {
            news = true;
        }
        notice->events.push_back(event);
    }
    const bool repeat = !news && unattended && now_ms - group.last_told_ms >= route->repeat_interval_ms;
    if (notice->events.empty() || (!news && !repeat)) return std::nullopt;
    if (const std::string interval = routing->muted_by(*route, now_ms); !interval.empty()) {
        if (std::exchange(group.hushed, true)) return std::nullopt;
        out.status = DeliveryStatus::muted;
        out.detail = "time interval " + interval;
    } else {
        group.hushed = false;
        group.last_told_ms = now_ms;
        // Those that are silenced now count as told until they are over.
        std::erase_if(group.told, [&](const std::string& id) {
            const auto found = group.alarms.find(id);
            return found == group.alarms.end() || !is_firing(found->second->alarm);
        });
        group.told.insert(firing.begin(), firing.end());
    }
    if (notice->events.size() > config_.group_alarms_max)
        group_alarms_left_out.add(notice->events.size() - config_.group_alarms_max);
    notice->key = fmt::format("{}-{}", fingerprint({{"group", key}}), ++group.sequence);
    notice->group = std::make_shared<const GroupFacts>(
        GroupFacts{.key = key.substr(group.tenant.size() + 1), .labels = group.labels});
    notice->repeat = repeat;
    notice->at_ms = now_ms;
    out.notice = std::move(notice);
    return out;
}

std::vector<GroupNotice> Groups::due(int64_t now_ms) {
    std::vector<GroupNotice> out;
    while (!due_.empty() && due_.begin()->first <= now_ms) {
        const std::string key = due_.begin()->second;
        Group& group = groups_.at(key);
        auto notice = tell(key, group, now_ms);
        const bool muted = notice && notice->status == DeliveryStatus::muted;
        if (notice) out.push_back(*std::move(notice));
        const RoutingPtr routing = catalog_.routing(group.tenant);
        const Route* route = routing->by_id(group.route);
        // Who is over and told (or never was) leaves.
        std::erase_if(group.alarms, [&](const auto& entry) {
            const bool gone =
                !route || (!is_firing(entry.second->alarm) && !(muted && group.told.contains(entry.first)));
            if (!gone) return false;
            group.told.erase(entry.first);
            if (const auto of = groups_of_.find(entry.first); of != groups_of_.end()) {
                of->second.erase(key);
                if (of->second.empty()) groups_of_.erase(of);
            }
            return true;
        });
        note_dirty(key, Delivery::NO_OFFSET, now_ms, true);
        if (group.alarms.empty())
            remove(key);
        else
            schedule(key, group, now_ms + route->group_interval_ms);
    }
    return out;
}

std::optional<int64_t> Groups::next_due_ms() const {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void Groups::restore(const std::vector<StateRow>& rows) {
    for (const StateRow& row : rows) {
        const auto json = JsonView::parse(row.json);
        auto batch = json.ok() ? codec::read_alarm_batch(json->get("alarms")) : Result<model::AlarmBatch>(json.error());
        if (!batch.ok()) {
            log_error("notify", "a group cannot be read from the store and is forgotten",
                      {{"group", row.key}, {"error", batch.error().message}});
            continue;
        }
        Group& group = groups_[row.key];
        group = {.tenant = json->string_or("tenant", ""),
                 .route = json->string_or("route", ""),
                 .receiver = json->string_or("receiver", ""),
                 .labels = codec::read_dimensions(json->get("labels")),
                 .last_told_ms = json->int_or("last_told_ms", 0),
                 .sequence = json->int_or("sequence", 0)};
        for (model::AlarmEvent& event : batch->events) {
            groups_of_[event.alarm.id].insert(row.key);
            const std::string id = event.alarm.id;
            group.alarms[id] = std::make_shared<const model::AlarmEvent>(std::move(event));
        }
        const JsonView told = json->get("told");
        for (size_t i = 0; i < told.size(); ++i)
            group.told.insert(told.at(i).as_string().value_or(""));
        schedule(row.key, group, json->int_or("next_ms", 0));
    }
}

void Groups::take(StoreBatch& batch, int64_t now_ms, bool all) {
    for (auto it = dirty_.begin(); it != dirty_.end();) {
        const Dirty& dirty = it->second;
        if (!all && !dirty.told && now_ms - dirty.since_ms < SETTLE_MS) {
            batch.position = std::min(batch.position, dirty.offset);
            ++it;
            continue;
        }
        StateRow row{.key = it->first, .json = {}};
        if (const auto found = groups_.find(it->first); found != groups_.end()) {
            const Group& group = found->second;
            model::AlarmBatch alarms{.origin = "notify", .covered = 0, .events = {}};
            for (const auto& [id, event] : group.alarms)
                alarms.events.push_back(*event);
            JsonWriter json;
            json.begin_object().field("tenant", group.tenant).field("route", group.route);
            json.field("receiver", group.receiver).key("labels");
            codec::write_dimensions(json, group.labels);
            json.field("next_ms", group.next_ms).field("last_told_ms", group.last_told_ms);
            json.field("sequence", group.sequence).key("told").begin_array();
            for (const std::string& id : group.told)
                json.string(id);
            json.end_array().key("alarms").raw(codec::encode_alarm_batch(alarms)).end_object();
            row.json = json.take();
        }
        batch.groups.push_back(std::move(row));
        it = dirty_.erase(it);
    }
}

void Groups::put_back(const std::vector<StateRow>& rows) {
    for (const StateRow& row : rows)
        note_dirty(row.key, 0, 0, true);
}

std::vector<GroupView> Groups::view(std::string_view tenant) const {
    std::vector<GroupView> out;
    for (const auto& [key, group] : groups_) {
        if (group.tenant != tenant) continue;
        GroupView view{.key = key, .receiver = group.receiver, .labels = group.labels, .alarms = {}};
        for (const auto& [id, event] : group.alarms)
            view.alarms.push_back(event);
        out.push_back(std::move(view));
    }
    return out;
}

}  // namespace belfry::notify
