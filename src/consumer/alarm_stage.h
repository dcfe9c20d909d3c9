#pragma once

#include "catalog/alarm_store.h"
#include "consumer/stage.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace belfry::consumer {

/// Topic `transitions` -> alarm store: the records of one poll in one SQLite transaction, together with the position.
/// Then whoever wants to know is told.
class AlarmStage final : public Stage {
  public:
    using Listener = std::function<void(const model::AlarmBatch&)>;

    explicit AlarmStage(catalog::AlarmStore& store) : store_(store) {}  // outlives this

    /// Told of every batch once it is applied, in order, on the consumer's thread: it must not wait for this store. Any
    /// thread; from then on.
    void listen(Listener listener);

    [[nodiscard]] std::string_view name() const override { return "alarm_store"; }
    [[nodiscard]] uint64_t stored_offset() const override { return store_.applied_to(); }
    [[nodiscard]] Status apply(const queue::Record& record, const void* decoded) override;
    [[nodiscard]] Status end_of_batch() override;

    /// Bytes of a record -> model::AlarmBatch.
    [[nodiscard]] static Result<std::shared_ptr<const void>> decode(std::string_view payload);

  private:
    catalog::AlarmStore& store_;
    std::vector<catalog::AlarmRecord> batch_;  // views into the records of the running batch
    std::mutex mutex_;                         // guards listeners_
    std::vector<std::shared_ptr<const Listener>> listeners_;
};

}  // namespace belfry::consumer
