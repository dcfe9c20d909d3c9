#pragma once

#include "catalog/alarm_log.h"
#include "catalog/alarm_store.h"

#include <mutex>

namespace belfry::tests {

/// An alarm log without a log: keeps the batches and applies them to the store at once.
class LoopAlarmLog : public catalog::AlarmLog {
  public:
    explicit LoopAlarmLog(catalog::AlarmStore& store) : store_(store), next_(store.applied_to()) {}

    [[nodiscard]] Result<uint64_t> submit(model::AlarmBatch batch) override {
        const std::lock_guard lock(mutex_);
        if (refuse) return make_error(Code::exhausted, "disk full");
        const uint64_t offset = next_++;
        batches.push_back(std::move(batch));
        if (!apply_at_once) return offset;
        const catalog::AlarmRecord record{.offset = offset, .batch = &batches.back()};
        if (Status done = store_.apply({&record, 1}); !done.ok()) return done.error();
        return offset;
    }

    bool refuse = false;
    bool apply_at_once = true;
    std::vector<model::AlarmBatch> batches;

  private:
    std::mutex mutex_;            // guards next_ and batches
    catalog::AlarmStore& store_;  // outlives this
    uint64_t next_;
};

}  // namespace belfry::tests
