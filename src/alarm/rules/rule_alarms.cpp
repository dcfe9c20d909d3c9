#include "alarm/rules/rule_alarms.h"

#include "alarm/rules/rule.h"
#include "base/ascii.h"

namespace belfry::alarm {
namespace {

using model::AlarmEvent;
using model::AlarmState;

std::string find_text(const Pairs& pairs, std::string_view name) {
    for (const auto& [key, value] : pairs)
        if (key == name) return value;
    return {};
}

AlarmEvent event_of(AlarmEvent::Kind kind, int64_t at_ms, model::Alarm alarm) {
    AlarmEvent out;
    out.kind = kind;
    out.at_ms = at_ms;
    out.alarm = std::move(alarm);
    return out;
}

AlarmEvent deletion_of(const model::Alarm& alarm, int64_t at_ms) {
    model::Alarm gone;
    gone.id = alarm.id;
    gone.tenant = alarm.tenant;
    return event_of(AlarmEvent::Kind::deleted, at_ms, std::move(gone));
}

}  // namespace

model::Severity severity_of_label(std::string_view value) {
    const std::string text = lower(value);
    if (const auto named = model::parse_severity(text)) return *named;
    if (text == "page" || text == "emergency" || text == "fatal") return model::Severity::critical;
    if (text == "error" || text == "major") return model::Severity::high;
    if (text == "warning" || text == "warn" || text == "minor") return model::Severity::medium;
    return model::Severity::low;
}

std::string RuleAlarms::definition_id(std::string_view file, std::string_view group, std::string_view rule) {
    return fmt::format("{};{};{}", file, group, rule);
}

model::Alarm RuleAlarms::alarm_of(const Transition& t) const {
    model::Alarm out;
    out.id = stable_uuid({t.tenant, t.file, t.group, t.rule, t.alert.labels.bytes()});
    out.tenant = t.tenant;
    out.source = model::AlarmSource::rule;
    out.definition_id = definition_id(t.file, t.group, t.rule);
    out.name = t.rule;
    out.description = find_text(t.alert.annotations, "description");
    if (out.description.empty()) out.description = find_text(t.alert.annotations, "summary");
    out.severity = severity_of_label(t.alert.labels.get("severity"));
    for (const model::Label& label : t.alert.labels.view())
        out.labels.emplace_back(std::string(label.name), std::string(label.value));
    out.annotations = t.alert.annotations;
    out.link = find_text(t.alert.annotations, "runbook_url");
    const bool firing = t.to == AlertState::firing;
    out.state = firing ? AlarmState::alarm : AlarmState::ok;
    out.reason = firing ? fmt::format("The expression gives {:.10g}: {}", t.alert.value, t.expression)
                        : fmt::format("The expression no longer gives this alert: {}", t.expression);
    if (firing) out.value = t.alert.value;
    out.state_updated_ms = t.at_ms;
    out.created_ms = t.at_ms;
    out.updated_ms = t.at_ms;
    return out;
}

void RuleAlarms::ring(const Transition& t, std::vector<AlarmEvent>& out) {
    model::Alarm alarm = alarm_of(t);
    const bool rings = alarm.state == AlarmState::alarm;
    const bool stored = outbox_.stored().find && outbox_.stored().find(alarm.tenant, alarm.id) != nullptr;
    bool told = false;
    {
        const std::lock_guard lock(mutex_);
        told = told_.count(alarm.id) > 0;
        if (rings || told || stored) told_[alarm.id] = alarm.state;
    }
    // what was told and is not in the store was deleted by somebody, unless it is still on its way
    if (!stored && (!told || outbox_.settled())) {
        if (!rings) return;
        model::Alarm created = alarm;
        created.state = AlarmState::ok;
        created.reason.clear();
        created.value.reset();
        out.push_back(event_of(AlarmEvent::Kind::created, t.at_ms, std::move(created)));
    }
    AlarmEvent& event = out.emplace_back(event_of(AlarmEvent::Kind::transition, t.at_ms, std::move(alarm)));
    event.old_state = rings ? AlarmState::ok : AlarmState::alarm;
}

void RuleAlarms::changed(const std::vector<Transition>& transitions) {
    std::vector<AlarmEvent> events;
    for (const Transition& t : transitions) {
        if (t.to == AlertState::firing || t.from == AlertState::firing) ring(t, events);
    }
    outbox_.put(std::move(events));
}

void RuleAlarms::settled(const std::string& tenant, const RuleGroup& group, const std::vector<Transition>& firing) {
    if (!outbox_.stored().all) return;
    (void)outbox_.flush();
    std::set<std::string> alerting;
    for (const auto& rule : group.rules)
        if (rule->alerting) alerting.insert(definition_id(group.file, group.name, rule->name));
    std::map<std::string, const Transition*> firing_by_id;
    for (const Transition& t : firing)
        firing_by_id.emplace(stable_uuid({t.tenant, t.file, t.group, t.rule, t.alert.labels.bytes()}), &t);
    const int64_t now_ms = clock_.now_ms();
    const std::string prefix = definition_id(group.file, group.name, "");
    std::vector<AlarmEvent> events;
    for (const auto& alarm : outbox_.stored().all()) {
        if (alarm->source != model::AlarmSource::rule || alarm->tenant != tenant ||
            alarm->definition_id.compare(0, prefix.size(), prefix) != 0)
            continue;
        if (alerting.count(alarm->definition_id) == 0) continue;  // removed by `sweep`
        AlarmState state = alarm->state;
        {
            const std::lock_guard lock(mutex_);
            state = told_.try_emplace(alarm->id, state).first->second;  // the store may not know yet what was told
        }
        const bool rings = state == AlarmState::alarm;
        if (const auto ringing = firing_by_id.find(alarm->id); ringing != firing_by_id.end()) {
            if (rings) firing_by_id.erase(ringing);
            continue;
        }
        if (!rings) continue;
        {
            const std::lock_guard lock(mutex_);
            told_[alarm->id] = AlarmState::ok;
        }
        model::Alarm over = *alarm;
        over.state = AlarmState::ok;
        over.reason = "The expression no longer gives this alert";
        over.value.reset();
        over.state_updated_ms = now_ms;
        over.updated_ms = now_ms;
        AlarmEvent& event = events.emplace_back(event_of(AlarmEvent::Kind::transition, now_ms, std::move(over)));
        event.old_state = AlarmState::alarm;
    }
    for (const auto& [id, t] : firing_by_id) {
        bool told = false;
        {
            const std::lock_guard lock(mutex_);
            const auto known = told_.find(id);
            told = known != told_.end() && known->second == AlarmState::alarm;
        }
        if (!told) ring(*t, events);
    }
    outbox_.put(std::move(events));
}

void RuleAlarms::sweep(const std::optional<std::set<std::string>>& definitions) {
    if (!outbox_.flush() || !outbox_.settled() || !outbox_.stored().all) return;
    const int64_t now_ms = clock_.now_ms();
    std::vector<AlarmEvent> events;
    for (const auto& alarm : outbox_.stored().all()) {
        if (alarm->source != model::AlarmSource::rule) continue;
        const bool orphan = definitions && definitions->count(alarm->definition_id) == 0;
        const bool over = alarm->state == AlarmState::ok && now_ms - alarm->state_updated_ms > forget_ms_;
        if (!orphan && !over) continue;
        events.push_back(deletion_of(*alarm, now_ms));
        const std::lock_guard lock(mutex_);
        told_.erase(alarm->id);
    }
    outbox_.put(std::move(events));
}

}  // namespace belfry::alarm
