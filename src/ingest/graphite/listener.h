#pragma once

#include "base/clock.h"
#include "ingest/graphite/graphite_config.h"
#include "ingest/graphite/map.h"
#include "ingest/patient_sink.h"
#include "ingest/socket_intake.h"

#include <memory>
#include <thread>
#include <vector>

namespace belfry::ingest::graphite {

/// Graphite's sockets: lines by TCP and UDP, pickles by TCP. The doors open at once, what comes is written by a thread
/// of its own from `start` on. Nobody is answered: what is refused is counted and shown.
class GraphiteReceiver {
  public:
    [[nodiscard]] static Result<std::unique_ptr<GraphiteReceiver>> open(Clock& clock,
                                                                        const GraphiteConfig& config,
                                                                        MetricSink sink,
                                                                        ReceiverStats& stats);
    ~GraphiteReceiver();  // like stop()
    GraphiteReceiver(const GraphiteReceiver&) = delete;
    GraphiteReceiver& operator=(const GraphiteReceiver&) = delete;

    void start();
    /// Closes the doors, writes what waits.
    void stop();

    /// Where lines come in, after a successful open. Tests.
    [[nodiscard]] const std::optional<net::Address>& lines_tcp() const { return lines_tcp_; }
    [[nodiscard]] const std::optional<net::Address>& lines_udp() const { return lines_udp_; }
    [[nodiscard]] const std::optional<net::Address>& pickles() const { return pickles_; }

    static constexpr int64_t WAIT_MS = 1'000;

  private:
    GraphiteReceiver(Clock& clock, const GraphiteConfig& config, MetricSink sink, ReceiverStats& stats)
        : clock_(clock), sink_(std::move(sink)), stats_(stats), mapper_(config.sockets.message_bytes_max) {}
    void run();
    void add(SocketIntake::Chunk chunk);
    void write();

    struct Source {
        SocketIntake::Chunk chunk;  // whose bytes the batch borrows
        uint64_t points = 0;
    };

    Clock& clock_;  // outlives this
    PatientSink sink_;
    ReceiverStats& stats_;  // outlives this
    std::unique_ptr<SocketIntake> intake_;
    std::optional<net::Address> lines_tcp_;
    std::optional<net::Address> lines_udp_;
    std::optional<net::Address> pickles_;
    PointMapper mapper_;
    WireBatch batch_;
    std::deque<Source> sources_;  // of the batch
    std::thread thread_;
};

}  // namespace belfry::ingest::graphite
