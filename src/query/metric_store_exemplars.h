#pragma once

#include "query/exemplar_source.h"
#include "store/metric/metric_store.h"

#include <functional>

namespace belfry::query {

/// Exemplars of the metric store; everyone sees what was acknowledged before he asked.
class MetricStoreExemplars final : public ExemplarSource {
  public:
    /// `catch_up` waits for what is in the log now, within a limit of its own. Both outlive this.
    MetricStoreExemplars(const store::MetricStore& store, std::function<void()> catch_up)
        : store_(store), catch_up_(std::move(catch_up)) {}

    [[nodiscard]] Result<std::vector<SeriesExemplars>> query(std::string_view tenant,
                                                             const model::Matchers& matchers,
                                                             model::TimeRange range,
                                                             Budget& budget) const override;

  private:
    const store::MetricStore& store_;
    const std::function<void()> catch_up_;
};

}  // namespace belfry::query
