#include "notify/outside_alarms.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "notify/notice.h"
#include "notify/stats.h"

namespace belfry::notify {
namespace {

using Kind = model::AlarmEvent::Kind;
constexpr int64_t APPLY_WAIT_MS = 5'000;

model::Severity severity_of(std::string_view label) {
    const std::string text = lower(label);
    if (const auto named = model::parse_severity(text)) return *named;
    if (text == "page" || text == "emergency" || text == "fatal") return model::Severity::critical;
    if (text == "error" || text == "major") return model::Severity::high;
    if (text == "info" || text == "none" || text == "debug" || text == "minor") return model::Severity::low;
    return model::Severity::medium;
}

std::string reason_of(const model::Dimensions& annotations) {
    for (const char* name : {"summary", "description", "message"})
        if (const auto text = value_of(annotations, name); !text.empty()) return std::string(text);
    return "The sender says that it rings";
}

model::AlarmEvent event_of(Kind kind, int64_t now_ms, model::Alarm alarm, model::AlarmState before) {
    model::AlarmEvent out;
    out.kind = kind;
    out.id = catalog::random_uuid();
    out.at_ms = now_ms;
    out.alarm = std::move(alarm);
    out.old_state = before;
    return out;
}

}  // namespace

std::string OutsideAlarms::id_of(std::string_view tenant, const model::Dimensions& labels) {
    std::string bytes(tenant);
    bytes += '\0';
    for (const auto& [name, value] : labels)
        bytes.append(name).append(1, '\0').append(value).append(1, '\0');
    const Hash128 hash = hash128(bytes);
    // version 8: made of something (RFC 9562, 5.8)
    return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", hash.high >> 32, hash.high >> 16 & 0xffff,
                       hash.high & 0xfff, (hash.low >> 48 & 0x3fff) | 0x8000, hash.low & 0xffffffffffff);
}

void OutsideAlarms::remember(const std::string& id, std::string_view tenant, Known known) {
    const auto [at, fresh] = ringing_.try_emplace(id);
    if (!fresh) ends_.erase({at->second.known.ends_ms, id});
    ends_.emplace(known.ends_ms, id);
    at->second = {.tenant = std::string(tenant), .known = std::move(known)};
}

void OutsideAlarms::forget(const std::string& id) {
    const auto found = ringing_.find(id);
    if (found == ringing_.end()) return;
    ends_.erase({found->second.known.ends_ms, id});
    ringing_.erase(found);
}

Status OutsideAlarms::submit(std::vector<model::AlarmEvent> events) {
    if (events.empty()) return {};
    const uint64_t offset = TRY(parts_.log.submit({.origin = "outside", .covered = 0, .events = std::move(events)}));
    // The store must know of it before the next alert asks there.
    (void)parts_.store.wait_applied(offset, APPLY_WAIT_MS);
    return {};
}

Status OutsideAlarms::receive(std::string_view tenant, const std::vector<OutsideAlert>& alerts) {
    const std::lock_guard lock(mutex_);
    const int64_t now_ms = parts_.clock.now_ms();
    std::vector<model::AlarmEvent> events;
    std::map<std::string, Known> ring;
    std::set<std::string> over;
    for (const OutsideAlert& alert : alerts) {
        const std::string id = id_of(tenant, alert.labels);
        const auto stored = parts_.store.find(tenant, id);
        const bool rings = stored && stored->state == model::AlarmState::alarm;
        const bool wanted = alert.ends_ms == 0 || alert.ends_ms > now_ms;
        if (!wanted) {
            ring.erase(id);
            if (!rings || !over.insert(id).second) continue;
            model::Alarm alarm = *stored;
            alarm.state = model::AlarmState::ok;
            alarm.reason = "The sender says that it is over";
            alarm.state_updated_ms = alarm.updated_ms = now_ms;
            events.push_back(event_of(Kind::transition, now_ms, std::move(alarm), stored->state));
            continue;
        }
        const int64_t ends_ms = alert.ends_ms != 0 ? alert.ends_ms : now_ms + parts_.config.resolve_timeout_ms;
        const bool fresh =
            ring.insert_or_assign(id, Known{.ends_ms = ends_ms, .annotations = alert.annotations}).second;
        if (rings || !fresh) continue;
        if (ringing_.size() + ring.size() > parts_.config.outside_alarms_max) {
            outside_refused.add(alerts.size());
            return make_error(Code::exhausted, "{} alerts of other programs ring already (notify.outside_alarms_max)",
                              ringing_.size());
        }
        model::Alarm alarm;
        if (stored) alarm = *stored;
        alarm.id = id;
        alarm.tenant = tenant;
        alarm.source = model::AlarmSource::outside;
        const auto name = value_of(alert.labels, "alertname");
        alarm.name = name.empty() ? "alert" : name;
        alarm.description = value_of(alert.annotations, "description");
        alarm.severity = severity_of(value_of(alert.labels, "severity"));
        alarm.labels = alert.labels;
        alarm.annotations = alert.annotations;
        alarm.updated_ms = now_ms;
        alarm.link = alert.generator_url;
        if (!stored) {
            alarm.created_ms = now_ms;
            alarm.state = model::AlarmState::undetermined;
            alarm.state_updated_ms = now_ms;
            events.push_back(event_of(Kind::created, now_ms, alarm, alarm.state));
        }
        const model::AlarmState before = alarm.state;
        alarm.state = model::AlarmState::alarm;
        alarm.reason = reason_of(alert.annotations);
        alarm.state_updated_ms = alert.starts_ms > 0 ? std::min(alert.starts_ms, now_ms) : now_ms;
        events.push_back(event_of(Kind::transition, now_ms, std::move(alarm), before));
    }
    TRY(submit(std::move(events)));
    for (const std::string& id : over)
        forget(id);
    for (auto& [id, known] : ring)
        remember(id, tenant, std::move(known));
    return {};
}

void OutsideAlarms::restore() {
    const std::lock_guard lock(mutex_);
    const int64_t ends_ms = parts_.clock.now_ms() + parts_.config.resolve_timeout_ms;
    for (const auto& alarm : parts_.store.alarms(""))
        if (alarm->source == model::AlarmSource::outside && alarm->state == model::AlarmState::alarm)
            remember(alarm->id, alarm->tenant, {.ends_ms = ends_ms, .annotations = alarm->annotations});
}

Status OutsideAlarms::end_overdue() {
    const std::lock_guard lock(mutex_);
    const int64_t now_ms = parts_.clock.now_ms();
    std::vector<model::AlarmEvent> events;
    std::vector<std::string> over;
    for (const auto& [ends_ms, id] : ends_) {
        if (ends_ms > now_ms) break;
        over.push_back(id);
        const auto stored = parts_.store.find(ringing_.at(id).tenant, id);
        if (!stored || stored->state != model::AlarmState::alarm) continue;
        model::Alarm alarm = *stored;
        alarm.state = model::AlarmState::ok;
        alarm.reason = "The sender has not sent it again";
        alarm.state_updated_ms = alarm.updated_ms = now_ms;
        events.push_back(event_of(Kind::transition, now_ms, std::move(alarm), stored->state));
    }
    TRY(submit(std::move(events)));
    for (const std::string& id : over)
        forget(id);
    return {};
}

std::optional<OutsideAlarms::Known> OutsideAlarms::known(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = ringing_.find(id);
    if (found == ringing_.end()) return std::nullopt;
    return found->second.known;
}

}  // namespace belfry::notify
