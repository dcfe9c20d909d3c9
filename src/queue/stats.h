#pragma once

#include "base/counter.h"

namespace belfry::queue {

inline Counter append_records{"belfry_queue_append_records_total", "Records made durable."};
inline Counter append_bytes{"belfry_queue_append_bytes_total", "Payload bytes made durable."};
inline Counter commits{"belfry_queue_commits_total", "Commit cycles: one write and one sync each."};
inline Counter commit_failures{"belfry_queue_commit_failures_total", "Commit cycles that failed; their records were refused."};
inline Counter refused_pending{"belfry_queue_refused_total", "Records refused by reason.", {{"reason", "pending"}}};
inline Counter refused_lag{"belfry_queue_refused_total", "Records refused by reason.", {{"reason", "lag"}}};
inline Counter refused_log_size{"belfry_queue_refused_total", "Records refused by reason.", {{"reason", "log_size"}}};
inline Counter refused_disk{"belfry_queue_refused_total", "Records refused by reason.", {{"reason", "disk"}}};
inline Counter read_from_ring{"belfry_queue_read_records_total", "Records given to consumers.", {{"from", "memory"}}};
inline Counter read_from_log{"belfry_queue_read_records_total", "Records given to consumers.", {{"from", "disk"}}};
inline Counter skipped_records{"belfry_queue_skipped_records_total", "Offsets that a consumer passed over unread."};
inline Gauge pending_bytes_now{"belfry_queue_pending_bytes", "Accepted bytes that are not on disk yet."};
inline Gauge ring_bytes_now{"belfry_queue_ring_bytes", "Newest records kept in memory."};
inline Gauge log_bytes_now{"belfry_queue_log_bytes", "Bytes the log takes on disk."};
inline Timing commit_timing{"belfry_queue_commit_seconds", "Time of one commit cycle."};

}  // namespace belfry::queue
