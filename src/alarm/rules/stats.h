#pragma once

#include "base/counter.h"

namespace belfry::alarm {

inline Counter rule_evaluations{"belfry_rule_evaluations_total", "Rules evaluated."};
inline Counter rule_failures{"belfry_rule_evaluation_failures_total", "Rules whose evaluation or writing failed."};
inline Timing rule_duration{"belfry_rule_evaluation_duration_seconds", "Time one rule takes to evaluate."};
inline Counter group_iterations{"belfry_rule_group_iterations_total",
                                "Evaluations of rule groups that were due, missed ones included."};
inline Counter group_missed{"belfry_rule_group_iterations_missed_total",
                            "Evaluations of rule groups left out because the one before took too long."};
inline Counter samples_refused_of_rules{"belfry_rule_samples_refused_total",
                                        "Samples of rules that the store's limits refused."};
inline Counter template_failures{"belfry_rule_template_failures_total",
                                 "Labels and annotations whose template failed; the alert carries the error as text."};
inline CounterFamily transitions_total{"belfry_rule_transitions_total", "Alerts that changed their state.", {"to"}};
inline Counter reloads{"belfry_rule_reloads_total", "Times the rule files were read."};
inline Counter reload_failures{"belfry_rule_reload_failures_total",
                               "Times the rule files were wrong and the rules before were kept."};
inline Gauge groups_now{"belfry_rule_groups", "Rule groups that are evaluated."};
inline Gauge alerts_pending{"belfry_rule_alerts", "Alerts of rules by state.", {{"state", "pending"}}};
inline Gauge alerts_firing{"belfry_rule_alerts", "Alerts of rules by state.", {{"state", "firing"}}};

inline Counter events_told{"belfry_alarm_rule_events_total",
                           "Events of alarms of rules and queries that were written."};
inline Counter events_refused{"belfry_alarm_rule_events_refused_total",
                              "Times the log refused events of alarms; they wait and are tried again."};
inline Counter events_folded{"belfry_alarm_rule_events_folded_total",
                             "Transitions joined with the one before of the same alarm, for too many waited."};
inline Gauge events_waiting{"belfry_alarm_rule_events_waiting", "Events of alarms that wait to be written."};

inline Counter query_evaluations{"belfry_alarm_query_evaluations_total", "Evaluations of PromQL alarm definitions."};
inline Counter query_failures{"belfry_alarm_query_failures_total",
                              "Evaluations of PromQL alarm definitions that failed; their alarms stay as they are."};
inline Counter query_missed{"belfry_alarm_query_missed_total",
                            "Evaluations of PromQL alarm definitions left out because the one before took too long."};
inline Timing query_duration{"belfry_alarm_query_duration_seconds", "Time one definition takes to evaluate."};
inline Gauge queries_now{"belfry_alarm_queries", "PromQL alarm definitions that are evaluated."};
inline Gauge query_alarms_now{"belfry_alarm_query_alarms", "Alarms of PromQL alarm definitions."};

}  // namespace belfry::alarm
