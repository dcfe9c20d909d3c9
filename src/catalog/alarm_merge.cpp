#include "catalog/alarm_merge.h"

#include <algorithm>

namespace belfry::catalog {

using model::Alarm;
using model::AlarmEvent;

void merge_event(const AlarmEvent& event, bool by_people, Alarm& alarm) {
    const Alarm& given = event.alarm;
    const bool transition = event.kind == AlarmEvent::Kind::transition;
    if (!by_people) {
        Alarm next = given;
        next.lifecycle_state = std::move(alarm.lifecycle_state);
        next.link = std::move(alarm.link);
        next.acknowledged = std::move(alarm.acknowledged);
        next.created_ms = alarm.created_ms;
        next.updated_ms = alarm.updated_ms;
        if (next.metrics.empty()) next.metrics = std::move(alarm.metrics);  // of a `changed` that is about texts
        alarm = std::move(next);
    } else if (transition) {
        alarm.state = given.state;
        alarm.reason = given.reason;
        alarm.value = given.value;
        alarm.state_updated_ms = given.state_updated_ms;
    } else {
        alarm.lifecycle_state = given.lifecycle_state;
        alarm.link = given.link;
        alarm.acknowledged = given.acknowledged;
    }
    if (transition && alarm.state == model::AlarmState::ok) alarm.acknowledged.reset();
    alarm.updated_ms = std::max({alarm.updated_ms, given.updated_ms, event.at_ms});
}

bool is_history(const AlarmEvent& event) {
    switch (event.kind) {
        case AlarmEvent::Kind::transition:
        case AlarmEvent::Kind::deleted: return true;
        case AlarmEvent::Kind::changed: return !event.by.empty();
        case AlarmEvent::Kind::created:
        case AlarmEvent::Kind::joined: return false;
    }
    return false;
}

}  // namespace belfry::catalog
