#pragma once

#include "catalog/changes.h"
#include "queue/queue.h"

namespace belfry::app {

/// Definitions go into topic `definitions` of the queue.
class QueueChanges final : public catalog::ChangeLog {
  public:
    explicit QueueChanges(queue::Queue& queue) : queue_(queue) {}  // outlives this
    [[nodiscard]] Result<uint64_t> submit(std::string record) override {
        const queue::Ticket ticket = TRY(queue_.append(queue::Topic::definitions, std::move(record)));
        return ticket.wait();
    }

  private:
    queue::Queue& queue_;
};

}  // namespace belfry::app
