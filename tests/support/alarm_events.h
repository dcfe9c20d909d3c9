#pragma once

#include "model/alarm.h"

namespace belfry::tests {

/// Every member set.
inline model::AlarmEvent full_event() {
    using namespace model;
    AlarmEvent event{.kind = AlarmEvent::Kind::transition, .id = "t1", .at_ms = 1'700'000'000'123};
    event.old_state = AlarmState::ok;
    event.sub_alarms = R"([{"sub_alarm_state":"ALARM"}])";
    event.by = "admin";
    event.alarm = {.id = "a1",
                   .tenant = "shop",
                   .source = AlarmSource::query,
                   .definition_id = "d1",
                   .name = "Disk \"full\"",
                   .description = "温度",
                   .severity = Severity::critical,
                   .labels = {{"host", "a"}, {"mount", "/"}},
                   .annotations = {{"summary", "s"}},
                   .metrics = {{"disk.used", {{"device", "sda"}}}, {"disk.used", {{"device", "sdb"}}}},
                   .state = AlarmState::alarm,
                   .reason = "because",
                   .value = 91.5,
                   .state_updated_ms = 5,
                   .created_ms = 6,
                   .updated_ms = 7,
                   .actions_enabled = false,
                   .lifecycle_state = "OPEN",
                   .link = "http://x",
                   .acknowledged = Acknowledgement{"ana", "load test", 8, 9}};
    return event;
}

}  // namespace belfry::tests
