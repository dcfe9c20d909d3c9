#pragma once

#include "model/alarm.h"

#include <string_view>

namespace belfry::catalog {

/// Batches of this origin are people's; all others are engines'.
inline constexpr std::string_view PEOPLE = "api";

/// What `event` (transition, changed) makes of `alarm`: each side sets its own members, see AlarmStore. The older of
/// two times of a change never wins.
void merge_event(const model::AlarmEvent& event, bool by_people, model::Alarm& alarm);

/// Whether the event is a line of the history.
[[nodiscard]] bool is_history(const model::AlarmEvent& event);

}  // namespace belfry::catalog
