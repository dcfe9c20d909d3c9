#pragma once

#include "base/counter.h"

namespace belfry::catalog {

inline Counter alarm_events_applied("belfry_alarm_store_events_total", "Events of alarms that were applied.");
inline Counter alarm_events_unknown("belfry_alarm_store_events_unknown_total",
                                    "Events of alarms that are not there (deleted, never made), passed over.");
inline Counter alarms_refused("belfry_alarm_store_alarms_refused_total", "Alarms not made because of alarms.max.");
inline Counter alarm_rows_damaged("belfry_alarm_store_rows_damaged_total",
                                  "Rows of the alarm store that no longer read and were passed over.");
inline Counter alarm_history_trimmed("belfry_alarm_store_history_trimmed_total",
                                     "Lines of the history removed by age or count.");
inline Timing alarm_apply_time("belfry_alarm_store_apply_seconds", "One transaction of the alarm store.");

/// How many alarms are in that state and of that severity, of all tenants.
[[nodiscard]] Gauge& alarm_gauge(size_t state, size_t severity);

}  // namespace belfry::catalog
