#pragma once

#include "base/counter.h"

namespace belfry::alarm {

inline Counter transform_hours_total("belfry_transform_hours_total", "Hours whose aggregations are computed.");
inline Counter transform_hours_skipped_total("belfry_transform_hours_skipped_total",
                                             "Hours that were too long ago (transform.catch_up).");
inline Counter transform_samples_total("belfry_transform_samples_total", "Results of aggregations that were written.");
inline Counter transform_failures_total("belfry_transform_failures_total",
                                        "Aggregations of an hour that were passed over, for their limits mostly.");

}  // namespace belfry::alarm
