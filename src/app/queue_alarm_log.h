#pragma once

#include "catalog/alarm_log.h"
#include "queue/queue.h"

namespace belfry::app {

/// Events of alarms go into topic `transitions` of the queue. A batch that is long becomes several records, the last of
/// which carries `covered`: after a crash between them an engine decides the rest anew, and finds the first part done.
class QueueAlarmLog final : public catalog::AlarmLog {
  public:
    explicit QueueAlarmLog(queue::Queue& queue) : queue_(queue) {}  // outlives this
    [[nodiscard]] Result<uint64_t> submit(model::AlarmBatch batch) override;

  private:
    queue::Queue& queue_;
};

/// About what a batch takes in memory, and its record in the log.
[[nodiscard]] uint64_t alarm_batch_bytes(const model::AlarmBatch& batch);
/// In records of about `bytes` each.
[[nodiscard]] std::vector<model::AlarmBatch> cut_alarm_batch(model::AlarmBatch batch, uint64_t bytes);

}  // namespace belfry::app
