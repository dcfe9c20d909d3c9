#pragma once

#include "base/clock.h"
#include "consumer/stage.h"
#include "queue/queue.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace belfry::consumer {

enum class StageState { running, stopped };

struct StageStatus {
    std::string name;
    StageState state = StageState::running;
    uint64_t applied = 0;
    uint64_t stored = 0;
    std::string error;  // why it stopped
};

/// The thread of one topic: reads from the queue's ring (or, behind it, from the log), decodes only what nobody has
/// decoded yet, and runs its stages in the order in which they were added.
class TopicConsumer {
  public:
    TopicConsumer(queue::Queue& queue, uint32_t topic, Decoder decoder);
    /// Stops the thread.
    ~TopicConsumer();

    /// Before `start`. The stage outlives this.
    void add_stage(Stage& stage);
    /// Registers the stages with the queue at their stored offsets and starts the thread.
    [[nodiscard]] Status start();
    /// Returns when all stages have applied everything below `offset` (or stopped); false after `timeout_ms`, and when the
    /// consumer is stopped before.
    [[nodiscard]] bool wait_applied(uint64_t offset, int64_t timeout_ms);
    /// `wait_applied` of all that is in the topic now: the replay at start.
    [[nodiscard]] bool catch_up(int64_t timeout_ms);
    /// Flushes all stages on the consumer's thread and returns when done.
    [[nodiscard]] Status flush();
    void stop();
    [[nodiscard]] std::vector<StageStatus> status() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace belfry::consumer
