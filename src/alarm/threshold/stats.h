#pragma once

#include "base/counter.h"

namespace belfry::alarm {

inline Counter threshold_samples("belfry_threshold_samples_total", "Samples that alarms' windows were fed with.");
inline Counter threshold_judged("belfry_threshold_windows_judged_total", "Windows that were over and judged.");
inline CounterFamily threshold_events("belfry_threshold_events_total",
                                      "What the threshold engine wrote to topic transitions.",
                                      {"kind"});
inline Counter threshold_unknown_series("belfry_threshold_unknown_series_samples_total",
                                        "Samples of series whose labels nobody knew any more; no alarm saw them.");
inline Counter threshold_alarms_refused("belfry_threshold_alarms_refused_total",
                                        "Alarms that were not made because there are enough (alarms.max).");
inline Counter threshold_metrics_unlisted("belfry_threshold_metrics_unlisted_total",
                                          "Metrics that feed an alarm without being named by it "
                                          "(alarms.metrics_listed_max).");
inline Counter threshold_waiting_refused("belfry_threshold_waiting_refused_total",
                                         "Metrics that could not wait for the others of an alarm "
                                         "(alarms.waiting_metrics_max).");
inline Counter threshold_definitions_refused("belfry_threshold_definitions_refused_total",
                                             "Definitions that could not be read; their alarms stay as they are.");
inline Counter threshold_submit_retries("belfry_threshold_submit_retries_total",
                                        "Batches of transitions that the log did not take at once.");
inline Counter threshold_snapshots("belfry_threshold_snapshots_total", "Copies of the windows written to disk.");
inline Counter threshold_snapshot_errors("belfry_threshold_snapshot_errors_total",
                                         "Copies of the windows that could not be written or read.");
inline Gauge threshold_alarms("belfry_threshold_alarms", "Alarms that the threshold engine watches.");
inline Gauge threshold_windows("belfry_threshold_windows", "Their sub-alarms.");
inline Gauge threshold_waiting("belfry_threshold_waiting_metrics", "Metrics that wait for the others of an alarm.");
inline Gauge threshold_pending("belfry_threshold_pending_events", "Events that are decided and not in the log yet.");
inline Timing threshold_submit_seconds("belfry_threshold_submit_seconds", "Until a batch of events is durable.");

}  // namespace belfry::alarm
