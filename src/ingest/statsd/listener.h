#pragma once

#include "base/clock.h"
#include "ingest/patient_sink.h"
#include "ingest/socket_intake.h"
#include "ingest/statsd/map.h"
#include "ingest/statsd/statsd_config.h"

#include <memory>
#include <thread>

namespace belfry::ingest::statsd {

/// statsd's sockets: UDP and TCP. The doors open at once; what comes is counted by a thread of its own from `start` on
/// and written at the end of each interval. Nobody is answered: what is refused is counted and shown.
class StatsdReceiver {
  public:
    [[nodiscard]] static Result<std::unique_ptr<StatsdReceiver>> open(Clock& clock,
                                                                      const StatsdConfig& config,
                                                                      MetricSink sink,
                                                                      ReceiverStats& stats);
    ~StatsdReceiver();  // like stop()
    StatsdReceiver(const StatsdReceiver&) = delete;
    StatsdReceiver& operator=(const StatsdReceiver&) = delete;

    void start();
    /// Closes the doors, writes what was counted since the last interval.
    void stop();

    /// Where lines come in, after a successful open. Tests.
    [[nodiscard]] const std::optional<net::Address>& udp() const { return udp_; }
    [[nodiscard]] const std::optional<net::Address>& tcp() const { return tcp_; }

    /// Counts one chunk; what the thread does. Tests and benchmarks call it instead of `start`.
    void take(const SocketIntake::Chunk& chunk);
    void flush(int64_t time_ms);

    static constexpr int64_t METADATA_STEP_MS = 3'600'000;
    static constexpr int64_t WAIT_MS_MAX = 1'000;

  private:
    StatsdReceiver(Clock& clock, const StatsdConfig& config, MetricSink sink, ReceiverStats& stats);
    void run();
    /// Values taken.
    uint64_t take_line(std::string_view line, int64_t now_ms);

    Clock& clock_;  // outlives this
    const StatsdConfig config_;
    PatientSink sink_;
    ReceiverStats& stats_;  // outlives this
    std::unique_ptr<SocketIntake> intake_;
    std::optional<net::Address> udp_;
    std::optional<net::Address> tcp_;
    const Dialect dialect_;
    Aggregator aggregator_;  // of the thread
    int64_t next_metadata_ms_ = 0;
    std::thread thread_;
};

}  // namespace belfry::ingest::statsd
