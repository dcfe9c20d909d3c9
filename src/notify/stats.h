#pragma once

#include "base/counter.h"

namespace belfry::notify {

inline CounterFamily deliveries_total("belfry_notify_deliveries_total",
                                      "Notifications by type and what became of them: sent, failed, silenced, "
                                      "inhibited, muted.",
                                      {"type", "status"});
inline CounterFamily attempts_failed("belfry_notify_attempts_failed_total",
                                     "Attempts to deliver that failed, whether tried again or not.",
                                     {"type"});
inline Counter transitions_skipped("belfry_notify_transitions_skipped_total",
                                   "Transitions that were older than notify.ttl when they were to be told.");
inline Counter actions_unknown("belfry_notify_actions_unknown_total",
                               "Actions that name a notification method that does not exist.");
inline Counter template_failures("belfry_notify_template_failures_total",
                                 "Templates of methods that failed; the method's usual text was sent.");
inline Counter outbox_refused("belfry_notify_outbox_refused_total",
                              "Deliveries that failed at once, because notify.outbox_max waited.");
inline Counter repeats_refused("belfry_notify_repeats_refused_total",
                               "Alarms that are not told periodically, because notify.repeats_max are.");
inline Counter hushed_refused("belfry_notify_hushed_refused_total",
                              "Alarms that are not told when their silence ends, because notify.hushed_max wait for "
                              "that.");
inline Counter groups_refused("belfry_notify_groups_refused_total",
                              "Alarms that were told alone, because notify.groups_max groups exist.");
inline Counter group_alarms_left_out("belfry_notify_group_alarms_left_out_total",
                                     "Alarms that a group's message did not list (notify.group_alarms_max).");
inline Counter store_failures("belfry_notify_store_failures_total",
                              "Times that outcomes could not be stored; they are kept and stored later.");
inline Counter outside_refused("belfry_notify_outside_alerts_refused_total",
                               "Alerts of other programs that were refused: malformed, or beyond "
                               "notify.outside_alarms_max.");
inline Gauge deliveries_in_memory("belfry_notify_deliveries_in_memory", "Deliveries that wait or run in memory.");
inline Gauge deliveries_in_store("belfry_notify_deliveries_in_store",
                                 "Deliveries that wait in the store: to be tried again, or for room in memory.");
inline Gauge worker_count("belfry_notify_workers", "Connections that are open to receivers, or being opened.");
inline Timing attempt_seconds("belfry_notify_attempt_seconds", "Time of one attempt.");
inline Timing first_attempt_seconds("belfry_notify_first_attempt_seconds",
                                    "From a transition's time to the end of the first attempt that told it.");

}  // namespace belfry::notify
