#pragma once

#include "http/router.h"
#include "model/labels.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

struct TargetRow {
    model::Labels discovered;
    model::Labels labels;
    std::string pool;
    std::string url;
    std::string_view health;  // "up", "down", "unknown"
    std::string last_error;
    int64_t last_scrape_ms = 0;  // 0: not yet
    double last_duration_s = 0;
    int64_t interval_ms = 0;
    int64_t timeout_ms = 0;
    uint64_t samples = 0;  // of the last scrape
    uint64_t series = 0;   // alive
    uint64_t body_bytes = 0;
    std::string content_type;
};

struct PoolRow {
    std::string name;
    std::string error;  // of its discovery or its limits
    int64_t interval_ms = 0;
    uint64_t dropped = 0;  // by relabelling
    std::vector<TargetRow> targets;
    std::vector<model::Labels> dropped_labels;
};

struct TargetMetadata {
    model::Labels target;
    std::shared_ptr<const model::MetricMetadata> metadata;
};

/// What one relabelling step made of a label set.
struct RelabelOutcome {
    std::string rule_json;
    model::Labels labels;
    bool kept = true;
};

/// What the API asks about scraping; the app binds it. Any thread.
class ScrapeSource {
  public:
    virtual ~ScrapeSource() = default;
    [[nodiscard]] virtual std::vector<PoolRow> pools() const = 0;
    /// Of all targets; false from the visitor ends it.
    virtual void each_metadata(const std::function<bool(const TargetMetadata&)>& visit) const = 0;
    /// `not_found` for a pool that is not there.
    [[nodiscard]] virtual Result<std::vector<RelabelOutcome>> relabel_steps(std::string_view pool,
                                                                            const model::Labels& labels) const = 0;
    [[nodiscard]] virtual std::string config_file() const = 0;
    [[nodiscard]] virtual std::string config_text() const = 0;  // secrets left out
    [[nodiscard]] virtual std::string config_error() const = 0;
    [[nodiscard]] virtual std::vector<std::string> warnings() const = 0;
};

/// /targets, /targets/metadata, /targets/relabel_steps, /scrape_pools and /status/config under both prefixes of
/// Prometheus' API, and /api/v1/belfry/scrape, what the targets page asks beside them. `source` outlives the router.
void add_target_routes(http::Router& router, const ScrapeSource& source);

}  // namespace belfry::api
