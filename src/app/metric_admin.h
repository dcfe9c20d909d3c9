#pragma once

#include "api/prometheus/metric_admin.h"
#include "http/health.h"
#include "store/metric/metric_store.h"

#include <functional>

namespace belfry::app {

/// The metric store as the Prometheus API asks about it.
class StoreMetricAdmin final : public api::MetricAdmin {
  public:
    /// `catch_up` returns when everything accepted so far is applied, so that a compaction covers it. All outlive this.
    StoreMetricAdmin(store::MetricStore& store, const http::Readiness& readiness, std::function<void()> catch_up)
        : store_(store), readiness_(readiness), catch_up_(std::move(catch_up)) {}

    [[nodiscard]] api::TsdbStatus tsdb_status(std::string_view tenant, size_t limit) const override;
    [[nodiscard]] std::vector<model::MetricMetadata> metadata(std::string_view tenant,
                                                              std::string_view name,
                                                              size_t limit) const override;
    [[nodiscard]] api::MetricList metrics(std::string_view tenant,
                                          std::string_view prefix,
                                          size_t limit) const override;
    [[nodiscard]] Status compact() override;
    [[nodiscard]] bool ready() const override { return readiness_.reasons().empty(); }

  private:
    store::MetricStore& store_;
    const http::Readiness& readiness_;
    const std::function<void()> catch_up_;
};

}  // namespace belfry::app
