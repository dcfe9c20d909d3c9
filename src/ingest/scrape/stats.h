#pragma once

#include "base/counter.h"

namespace belfry::ingest::scrape {

inline CounterFamily scrapes{"belfry_scrape_scrapes_total", "Scrapes by what came of them.", {"outcome"}};
inline Counter scrapes_late{"belfry_scrape_late_total",
                            "Turns of a target that were left out: its scrape before was still running."};
inline Counter scrapes_waited{"belfry_scrape_waited_total",
                              "Scrapes that waited for a thread because scrape.threads_max were busy."};
inline Counter samples_duplicate{"belfry_scrape_duplicate_samples_total",
                                 "Samples of a series that stood twice in one answer; the first is kept."};
inline Counter markers_written{"belfry_scrape_stale_markers_total", "Series that were marked as ended."};
inline CounterFamily reloads{"belfry_scrape_reloads_total", "Readings of the scrape configuration.", {"outcome"}};
inline CounterFamily discoveries{"belfry_scrape_discovery_total", "Readings of target lists.", {"kind", "outcome"}};
inline Gauge targets_now{"belfry_scrape_targets", "Targets that are scraped."};
inline Gauge threads_now{"belfry_scrape_threads", "Threads that ask targets."};
inline Gauge body_bytes_now{"belfry_scrape_in_flight_bytes", "Answers of targets held in memory."};
inline Timing scrape_seconds{"belfry_scrape_duration_seconds", "A scrape from its request to its samples in the log."};

}  // namespace belfry::ingest::scrape
