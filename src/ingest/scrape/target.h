#pragma once

#include "ingest/metric_sink.h"
#include "ingest/scrape/config.h"
#include "ingest/scrape/series_cache.h"
#include "ingest/scrape/target_labels.h"
#include "ingest/scrape/target_plan.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace belfry::ingest::scrape {

enum class Health { unknown, up, down };

/// What a target page shows of the last scrape.
struct TargetState {
    Health health = Health::unknown;
    std::string last_error;
    int64_t last_scrape_ms = 0;
    double last_duration_s = 0;
    uint64_t samples = 0;  // as exposed
    uint64_t series = 0;   // alive
    uint64_t body_bytes = 0;
    std::string content_type;
};

using MetadataList = std::vector<std::shared_ptr<const model::MetricMetadata>>;

/// Equal descriptions of metrics are held once for all targets. Any thread.
class MetadataPool {
  public:
    [[nodiscard]] std::shared_ptr<const model::MetricMetadata> share(model::MetricMetadata metadata);

  private:
    std::mutex mutex_;  // guards known_ and sweep_at_
    std::unordered_map<std::string, std::weak_ptr<const model::MetricMetadata>> known_;
    size_t sweep_at_ = 1'024;
};

/// One target. What a scrape changes belongs to the thread that has `busy`; the state under the mutex may be read by
/// any.
struct Target {
    Target(std::shared_ptr<const JobConfig> j, TargetPlan p)
        : job(std::move(j)), plan(std::move(p)), decoder(job, plan.labels) {}

    const std::shared_ptr<const JobConfig> job;
    const TargetPlan plan;
    const TargetLabels decoder;
    std::atomic<bool> busy{false};
    std::atomic<bool> retired{false};  // no longer among the targets

    // of whoever is busy with it
    SeriesCache cache;
    std::unique_ptr<http::FetchConnection> connection;

    mutable std::mutex mutex;  // guards the two below
    TargetState state;
    std::shared_ptr<const MetadataList> metadata = std::make_shared<const MetadataList>();

    [[nodiscard]] TargetState state_now() const {
        const std::lock_guard lock(mutex);
        return state;
    }
};

}  // namespace belfry::ingest::scrape
