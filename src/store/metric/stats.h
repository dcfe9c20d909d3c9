#pragma once

#include "base/counter.h"

namespace belfry::store::stats {

inline Counter samples_applied{"belfry_metric_store_samples_total", "Samples taken into the head"};
inline Counter samples_out_of_order{"belfry_metric_store_out_of_order_samples_total", "Samples older than their series' newest one"};
inline Counter samples_unknown{"belfry_metric_store_unknown_series_samples_total", "Samples whose series the log never named"};
inline Counter exemplars_applied{"belfry_metric_store_exemplars_total", "Exemplars taken into the head; repeated ones count each time"};
inline Counter exemplars_dropped{"belfry_metric_store_exemplars_dropped_total",
                                 "Exemplars that gave way to newer ones, or whose day has no samples at the fold"};
inline Gauge head_exemplars{"belfry_metric_store_head_exemplars", "Exemplars of the head, not yet in a file"};
inline Counter bytes_written{"belfry_metric_store_written_bytes_total", "Bytes of seal, part and series files written"};
inline Counter corrupt_reads{"belfry_metric_store_corrupt_reads_total", "Reads that met a damaged block"};
inline Counter files_past_retention{"belfry_metric_store_files_past_retention_total", "Files removed because all in them was older than server.retention"};
inline Counter bytes_past_size{"belfry_metric_store_bytes_past_size_total", "Bytes of the oldest days removed because of metric.retention_bytes"};
inline Gauge head_series{"belfry_metric_store_head_series", "Series of the head"};
inline Gauge head_bytes{"belfry_metric_store_head_bytes", "Memory of the head's samples and buffers"};
inline Gauge files_bytes{"belfry_metric_store_files_bytes", "Bytes of all files of the store"};
inline Timing seal_seconds{"belfry_metric_store_seal_seconds", "Time to write a seal file"};
inline Timing fold_seconds{"belfry_metric_store_fold_seconds", "Time to fold seals into parts"};

}  // namespace belfry::store::stats
