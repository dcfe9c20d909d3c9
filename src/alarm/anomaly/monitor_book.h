#pragma once

#include "alarm/anomaly/monitor_run.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace belfry::alarm {

/// All anomaly monitors of the catalog, each a turn of the schedule. Any thread.
class MonitorBook {
  public:
    /// `schedule` outlives this. `monitors`: the catalog's documents of that kind, now.
    MonitorBook(MonitorParts parts,
                Schedule& schedule,
                std::function<std::shared_ptr<const catalog::Documents>()> monitors);
    ~MonitorBook();
    MonitorBook(const MonitorBook&) = delete;
    MonitorBook& operator=(const MonitorBook&) = delete;

    /// Takes over what has changed; nothing but a comparison when nothing has.
    void sync();
    /// By id; of one that is not enabled there is none.
    [[nodiscard]] std::map<std::string, std::shared_ptr<const MonitorView>> views() const;

  private:
    const MonitorParts parts_;
    Schedule& schedule_;  // outlives this
    const std::function<std::shared_ptr<const catalog::Documents>()> monitors_;
    std::mutex sync_mutex_;  // one at a time; guards seen_ and documents_
    std::shared_ptr<const catalog::Documents> seen_;
    std::map<std::string, std::shared_ptr<const catalog::Document>> documents_;  // of the runs
    mutable std::mutex mutex_;                                                   // guards runs_
    std::map<std::string, std::shared_ptr<MonitorRun>> runs_;
};

}  // namespace belfry::alarm
