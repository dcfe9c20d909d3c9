#pragma once

#include "forward/destination_config.h"
#include "forward/label_table.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <functional>
#include <string>

namespace belfry::forward {

/// Makes prometheus.WriteRequest messages (remote write 1.0) of the log's records. One thread.
class WriteRequestBuilder {
  public:
    struct LeftOut {
        uint64_t unknown_series = 0;
        uint64_t histograms = 0;  // send_native_histograms is off
    };
    /// A full request: the message and its samples. False: stop here.
    using Emit = std::function<bool(std::string message, uint64_t samples)>;

    WriteRequestBuilder(const DestinationConfig& config, LabelTable& labels) : config_(config), labels_(labels) {}

    /// Adds a record's samples; `next_offset` is that of the record behind it. False when `emit` said so.
    [[nodiscard]] bool add(const model::MetricBatch& batch, uint64_t next_offset, const Emit& emit);
    /// Gives away what is there; nothing when there is nothing.
    [[nodiscard]] bool flush(const Emit& emit);
    [[nodiscard]] bool empty() const { return message_.empty(); }
    [[nodiscard]] LeftOut take_left_out() { return std::exchange(left_out_, {}); }

  private:
    void add_exemplars(const model::MetricBatch& batch, uint64_t next_offset);
    void add_metadata(const model::MetricBatch& batch);

    const DestinationConfig& config_;  // outlives this
    LabelTable& labels_;               // outlives this
    std::string message_;
    uint64_t samples_ = 0;
    std::string series_;
    LeftOut left_out_;
};

}  // namespace belfry::forward
