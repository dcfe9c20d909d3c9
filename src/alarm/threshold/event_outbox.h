#pragma once

#include "alarm/threshold/threshold_config.h"
#include "catalog/alarm_log.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace belfry::alarm {

/// Decided events on their way to the log, in order: while one batch becomes durable the next one gathers, so that a
/// storm goes out in large batches and a lone transition at once. `push` by one thread; it waits when too many are
/// pending. A thread of its own.
class EventOutbox {
  public:
    EventOutbox(catalog::AlarmLog& log, const ThresholdConfig& config, uint64_t covered)
        : log_(log), config_(config), covered_(covered) {}
    ~EventOutbox() { stop(); }

    void start();
    /// What is pending is submitted; what the log does not take at once is given up: it is decided again.
    void stop();

    /// The events of one record or moment, and the offset below which all is decided then.
    void push(std::vector<model::AlarmEvent> events, uint64_t covered);
    /// Counts all events that were pushed.
    [[nodiscard]] uint64_t pushed() const;
    /// Waits until the first `count` events are in the log; false: stopped before.
    [[nodiscard]] bool wait_durable(uint64_t count);

  private:
    struct Part {
        std::vector<model::AlarmEvent> events;
        uint64_t covered = 0;
    };
    void run();
    [[nodiscard]] model::AlarmBatch take_batch();
    [[nodiscard]] bool changes_again(const Part& part) const;
    [[nodiscard]] bool submit(model::AlarmBatch batch);

    catalog::AlarmLog& log_;         // outlives this
    const ThresholdConfig& config_;  // outlives this
    mutable std::mutex mutex_;       // guards what follows
    std::condition_variable changed_;
    std::deque<Part> parts_;
    uint64_t covered_;  // of what was taken
    uint64_t pending_ = 0;
    uint64_t pushed_ = 0;
    uint64_t durable_ = 0;
    bool stopping_ = false;
    bool ended_ = false;
    std::unordered_set<std::string> changed_alarms_;  // by the batch that is taken
    std::thread thread_;
};

}  // namespace belfry::alarm
