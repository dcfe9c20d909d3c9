#pragma once

#include "base/counter.h"

namespace belfry::alarm {

inline Counter anomaly_evaluations{"belfry_anomaly_evaluations_total", "Evaluations of anomaly monitors."};
inline Counter anomaly_failures{"belfry_anomaly_failures_total", "Evaluations of anomaly monitors that failed."};
inline Counter anomaly_trainings{"belfry_anomaly_trainings_total", "Models of series that were chosen and trained."};
inline Counter anomaly_values{"belfry_anomaly_values_total", "Values that monitors judged."};
inline Timing anomaly_duration{"belfry_anomaly_duration_seconds", "Time one evaluation of a monitor takes."};
inline Gauge anomaly_monitors{"belfry_anomaly_monitors", "Anomaly monitors that are evaluated."};
inline Gauge anomaly_series{"belfry_anomaly_series", "Series that anomaly monitors watch."};

}  // namespace belfry::alarm
