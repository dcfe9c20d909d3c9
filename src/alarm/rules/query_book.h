#pragma once

#include "alarm/rules/query_run.h"
#include "catalog/document.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

/// All PromQL definitions of the catalog, each a turn of the schedule. Any thread may call everything.
class QueryBook {
  public:
    /// `schedule` outlives this. `definitions`: the catalog's documents of that kind, now.
    QueryBook(QueryParts parts,
              Schedule& schedule,
              std::function<std::shared_ptr<const catalog::Documents>()> definitions);
    ~QueryBook();
    QueryBook(const QueryBook&) = delete;
    QueryBook& operator=(const QueryBook&) = delete;

    /// Takes over what has changed; nothing but a comparison when nothing has. The first time states are restored from
    /// the stored alarms, which must be complete by then.
    void sync();
    /// Alarms of definitions that are gone are removed. Now and then.
    void sweep();

    [[nodiscard]] std::vector<std::shared_ptr<const QueryView>> views() const;
    /// How a definition does; null when it is not evaluated here.
    [[nodiscard]] std::shared_ptr<const QueryView> view(std::string_view definition_id) const;
    /// The value an alarm has now.
    [[nodiscard]] std::optional<double> value(std::string_view definition_id, std::string_view alarm_id) const;

  private:
    const QueryParts parts_;
    Schedule& schedule_;  // outlives this
    const std::function<std::shared_ptr<const catalog::Documents>()> definitions_;
    std::mutex sync_mutex_;  // one at a time; guards seen_ and documents_
    std::shared_ptr<const catalog::Documents> seen_;
    std::map<std::string, std::shared_ptr<const catalog::Document>> documents_;  // of the runs
    mutable std::mutex mutex_;                                                  // guards runs_
    std::map<std::string, std::shared_ptr<QueryRun>, std::less<>> runs_;        // by definition id
};

}  // namespace belfry::alarm
