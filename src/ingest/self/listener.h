#pragma once

#include "base/clock.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace belfry::ingest::self {

struct SelfConfig {
    bool enabled = true;
    int64_t interval_ms = 10'000;
};

/// Writes Belfry's own counters through the same door as everybody's: job="belfry", instance=<host name>. A thread of
/// its own.
class SelfCollector {
  public:
    SelfCollector(Clock& clock, SelfConfig config, std::string instance, MetricSink sink, ReceiverStats& stats);
    ~SelfCollector();  // like stop()
    SelfCollector(const SelfCollector&) = delete;
    SelfCollector& operator=(const SelfCollector&) = delete;

    void start();
    void stop();

    /// Writes once; what the thread does each interval. Tests call it instead of `start`.
    void tick();

    static constexpr int64_t METADATA_STEP_MS = 3'600'000;

  private:
    void run();

    Clock& clock_;  // outlives this
    const SelfConfig config_;
    const std::string instance_;
    const MetricSink sink_;
    ReceiverStats& stats_;  // outlives this
    int64_t next_metadata_ms_ = 0;
    std::mutex mutex_;  // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace belfry::ingest::self
