#pragma once

#include "base/counter.h"

namespace belfry::app {

// This process under the names that every Prometheus client library uses.
inline Gauge process_resident_memory("process_resident_memory_bytes", "Resident memory of this process.");
inline Gauge process_cpu_seconds("process_cpu_seconds_total",
                                 "User and system CPU time of this process.",
                                 {},
                                 CounterKind::counter);
inline Gauge process_open_files("process_open_fds", "Open file descriptors of this process.");
inline Gauge process_start_time("process_start_time_seconds", "Start of this process since the Unix epoch.");

/// Resident memory of this process, bytes; 0 where the kernel does not tell.
[[nodiscard]] uint64_t resident_bytes();

/// Sets the gauges above. Called once a second by housekeeping.
void measure_process(int64_t start_ms);

}  // namespace belfry::app
