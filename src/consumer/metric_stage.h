#pragma once

#include "consumer/stage.h"
#include "store/metric/metric_store.h"

namespace belfry::consumer {

/// Topic `metrics` -> metric store. The store keeps its position with its data.
class MetricStage final : public Stage {
  public:
    explicit MetricStage(store::MetricStore& store) : store_(store) {}  // outlives this

    [[nodiscard]] std::string_view name() const override { return "metric_store"; }
    [[nodiscard]] uint64_t stored_offset() const override { return store_.covered_offset(); }
    [[nodiscard]] Status apply(const queue::Record& record, const void* decoded) override;
    [[nodiscard]] Status flush() override { return store_.seal(); }

    /// Bytes of a record -> model::MetricBatch.
    [[nodiscard]] static Result<std::shared_ptr<const void>> decode(std::string_view payload);

  private:
    store::MetricStore& store_;
};

}  // namespace belfry::consumer
