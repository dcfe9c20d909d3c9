#pragma once

#include "api/prometheus/admin.h"
#include "app/backup/snapshots.h"
#include "store/metric/metric_store.h"

#include <functional>

namespace belfry::app {

/// Stores and snapshots as the admin API works on them. All outlive this.
class StoreKeeper final : public api::StoreControl {
  public:
    using Erase =
        std::function<Status(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range)>;
    StoreKeeper(store::MetricStore& metrics, Snapshots& snapshots, Erase erase, uint32_t tombstones_max)
        : metrics_(metrics), snapshots_(snapshots), erase_(std::move(erase)), tombstones_max_(tombstones_max) {}

    Status erase(std::string_view tenant, const model::Matchers& matchers, model::TimeRange range) override;
    void clean_tombstones() override { metrics_.clean_tombstones(); }
    Result<std::string> make_snapshot(bool with_head) override { return snapshots_.make(with_head); }
    Result<std::vector<api::SnapshotEntry>> snapshots() override;
    Status remove_snapshot(const std::string& name) override { return snapshots_.remove(name); }
    Result<http::BodyParts> backup() override;

  private:
    store::MetricStore& metrics_;
    Snapshots& snapshots_;
    const Erase erase_;
    const uint32_t tombstones_max_;
};

}  // namespace belfry::app
