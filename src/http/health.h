#pragma once

#include "http/fwd.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace belfry::http {

/// Why Belfry is not ready yet, or not any more: one reason per part. Ready when there is none. Any thread.
class Readiness {
  public:
    /// `part`: "journal replay"; `reason`: "at 40 %". Replaces the part's former reason.
    void hold(const std::string& part, std::string reason);
    void release(const std::string& part);
    /// "part: reason", sorted by part.
    [[nodiscard]] std::vector<std::string> reasons() const;

  private:
    mutable std::mutex mutex_;  // guards reasons_
    std::map<std::string, std::string> reasons_;
};

/// /-/healthy /health /livez answer while the process serves; /-/ready /ready /readyz answer 503 with the reasons until
/// it is ready. All are open. `readiness` outlives the router.
void add_health_routes(Router& router, const Readiness& readiness);
/// /metrics: Belfry's own counters as a text exposition, for who may read. (The dispatcher gives a browser that asks
/// for text/html the page of that path.)
void add_own_metrics_route(Router& router);

}  // namespace belfry::http
