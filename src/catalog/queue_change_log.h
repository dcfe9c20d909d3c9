#pragma once

#include "catalog/changes.h"
#include "queue/queue.h"

namespace belfry::catalog {

/// Definitions go to topic `definitions` of the queue.
class QueueChangeLog final : public ChangeLog {
  public:
    explicit QueueChangeLog(queue::Queue& queue) : queue_(queue) {}  // outlives this
    [[nodiscard]] Result<uint64_t> submit(std::string record) override;

  private:
    queue::Queue& queue_;
};

}  // namespace belfry::catalog
