#pragma once

#include "base/result.h"
#include "queue/queue.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace belfry::consumer {

/// One use of a topic's records: a store, a detector. Called by its TopicConsumer's thread only, except
/// `stored_offset`. A stage keeps its own position together with its data, so that a replay after a crash is
/// exactly-once.
class Stage {
  public:
    virtual ~Stage() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual queue::ConsumerPolicy policy() const { return queue::ConsumerPolicy::must; }
    /// All records below are durable in the stage's own store. Asked at start (replay begins here) and after each
    /// batch.
    [[nodiscard]] virtual uint64_t stored_offset() const = 0;
    /// Takes one record. `decoded` is what the topic's decoder makes of it. An error stops this stage (the log keeps
    /// the records, the status page shows it); it does not stop the other stages.
    [[nodiscard]] virtual Status apply(const queue::Record& record, const void* decoded) = 0;
    /// All records up to now were applied, more may come: a place for work once a batch.
    [[nodiscard]] virtual Status end_of_batch() { return {}; }
    /// Make all that was applied durable, so that the log may forget it.
    [[nodiscard]] virtual Status flush() { return {}; }
};

/// Bytes -> what a producer would have put beside them (`Append::decoded`). Null for topics whose stages take bytes.
using Decoder = Result<std::shared_ptr<const void>> (*)(std::string_view payload);

}  // namespace belfry::consumer
