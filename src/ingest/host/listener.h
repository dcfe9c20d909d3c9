#pragma once

#include "base/clock.h"
#include "ingest/host/live.h"
#include "ingest/host/map.h"
#include "ingest/host/processes.h"
#include "ingest/host/reader.h"
#include "ingest/metric_sink.h"
#include "ingest/receiver_stats.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace belfry::ingest::host {

struct HostConfig {
    bool enabled = true;
    std::string root;                    // a tree with proc and sys; "" is this machine's own
    std::string instance;                // label of every series; "" takes the host's name
    int64_t store_interval_ms = 10'000;  // between two stored samples; the live page has one a second
    uint64_t processes_top = 10;         // processes shown and stored, by CPU and by memory each
};

/// Reads this host once a second on a thread of its own: into memory for the live page, and every `store_interval_ms`
/// into the log.
class HostCollector {
  public:
    /// `received_total`: how many samples Belfry has taken, for the live page.
    HostCollector(Clock& clock,
                  HostConfig config,
                  MetricSink sink,
                  ReceiverStats& stats,
                  std::function<uint64_t()> received_total);
    ~HostCollector();  // like stop()
    HostCollector(const HostCollector&) = delete;
    HostCollector& operator=(const HostCollector&) = delete;

    void start();
    void stop();

    /// One reading; what the thread does each second. Tests call it instead of `start`.
    void tick();

    [[nodiscard]] const HostLive& live() const { return live_; }
    [[nodiscard]] const HostIdentity& identity() const { return identity_; }

    static constexpr int64_t STEP_MS = 1000;
    static constexpr int64_t PROCESS_STEP_MS = 5000;  // a scan costs 10 us a process
    static constexpr int64_t METADATA_STEP_MS = 3'600'000;

  private:
    void run();
    void store(const HostSnapshot& snapshot);

    Clock& clock_;  // outlives this
    const HostConfig config_;
    const MetricSink sink_;
    ReceiverStats& stats_;  // outlives this
    const std::function<uint64_t()> received_total_;
    HostReader reader_;
    const HostIdentity identity_;
    HostMapper mapper_;
    Processes processes_;
    HostLive live_;
    ProcessScan scan_;
    WireBatch batch_;
    int64_t next_scan_ms_ = 0;  // monotonic, like those below
    int64_t next_store_ms_ = 0;
    int64_t next_metadata_ms_ = 0;
    std::mutex mutex_;  // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace belfry::ingest::host
