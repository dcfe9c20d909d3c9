#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "forward/forward_config.h"
#include "forward/label_table.h"
#include "forward/sender.h"
#include "queue/queue.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace belfry::forward {

struct DestinationStatus {
    std::string consumer;  // its name in the queue
    std::string url;
    std::string trouble;  // "" when the last attempt was fine
    uint64_t records_given_up = 0;
};

/// Sends what comes into topic `metrics` on to others by remote write. A thread, a position and a place in the queue
/// each: one that is slow or down delays nobody, and nothing is lost while the log is kept for it. At least once: what
/// was under way when the process ended is sent again, receivers drop equal samples.
class Forwarder {
  public:
    struct Parts {
        queue::Queue& queue;
        FileSystem& files;
        Clock& clock;
        std::string dir;  // of the position files; created when there is a destination
        ForwardConfig config;
        model::Labels external_labels;
        SeriesNames names;
        /// In place of HTTP; for tests.
        MakePost post = http_post;
    };

    /// Takes its places in the queue; nothing is sent yet. Before `Queue::start_retention`. The parts outlive this.
    [[nodiscard]] static Result<std::unique_ptr<Forwarder>> open(Parts parts);
    ~Forwarder();
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    /// Once the store has replayed the log: it knows the names of series.
    void start();
    /// Gives up what is under way and saves the positions.
    void stop();
    [[nodiscard]] std::vector<DestinationStatus> status() const;

  private:
    class Destination;
    explicit Forwarder(Parts parts);
    const Parts parts_;
    std::vector<std::unique_ptr<Destination>> destinations_;
};

}  // namespace belfry::forward
