#pragma once

#include "model/alarm.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::notify {

using EventPtr = std::shared_ptr<const model::AlarmEvent>;

/// Alarms that a route tells together.
struct GroupFacts {
    std::string key;  // stable: the route and the labels
    model::Dimensions labels;
};

/// One message to one method.
struct Notice {
    std::string key;                          // what a receiver knows it again by
    std::vector<EventPtr> events;             // never empty; one, unless it is a group's
    std::shared_ptr<const GroupFacts> group;  // null: told by an alarm's list of actions
    bool repeat = false;
    int64_t at_ms = 0;
};

using FindAlarm = std::function<std::shared_ptr<const model::Alarm>(std::string_view tenant, std::string_view id)>;

/// What routes, silences and inhibition see of an alarm: its labels, alarmname, severity (lower case), state, alarm_id
/// and tenant. Sorted.
[[nodiscard]] model::Dimensions labels_of(const model::Alarm& alarm);
/// "" when it is not there.
[[nodiscard]] std::string_view value_of(const model::Dimensions& pairs, std::string_view name);
/// What a group has in common.
[[nodiscard]] model::Dimensions common_labels(const Notice& notice);
[[nodiscard]] model::Dimensions common_annotations(const Notice& notice);
/// Over only when it is OK: no data is no good news.
[[nodiscard]] inline bool is_firing(const model::Alarm& alarm) {
    return alarm.state != model::AlarmState::ok;
}
[[nodiscard]] bool is_firing(const Notice& notice);
/// 2026-11-22T21:20:33.125Z
[[nodiscard]] std::string rfc3339(int64_t ms);
/// Sixteen hex digits of the labels.
[[nodiscard]] std::string fingerprint(const model::Dimensions& labels);
/// Where a person looks at it.
[[nodiscard]] std::string link_of(const model::Alarm& alarm, std::string_view external_url);

}  // namespace belfry::notify
