#pragma once

#include "base/clock.h"
#include "catalog/alarm_log.h"
#include "catalog/alarm_store.h"
#include "notify/notify_config.h"

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::notify {

/// An alert as another program sends it, again and again while it holds.
struct OutsideAlert {
    model::Dimensions labels;  // sorted, without empty values
    model::Dimensions annotations;
    int64_t starts_ms = 0;  // 0: now
    int64_t ends_ms = 0;    // 0: it does not say
    std::string generator_url;
};

/// The alarms of source `outside`: an alert is known again by tenant and labels. What is sent again without a change
/// makes no event; what is not sent again is over at its end (or notify.resolve_timeout after it was last sent). Any
/// thread.
class OutsideAlarms {
  public:
    struct Parts {
        Clock& clock;
        const NotifyConfig& config;
        catalog::AlarmStore& store;
        catalog::AlarmLog& log;
    };
    explicit OutsideAlarms(Parts parts) : parts_(parts) {}

    /// All or nothing; `exhausted` past notify.outside_alarms_max.
    [[nodiscard]] Status receive(std::string_view tenant, const std::vector<OutsideAlert>& alerts);
    /// Those that ring in the store: their senders get the time of resolve_timeout to send them again.
    void restore();
    [[nodiscard]] Status end_overdue();

    struct Known {
        int64_t ends_ms = 0;
        model::Dimensions annotations;  // as last sent
    };
    [[nodiscard]] std::optional<Known> known(const std::string& id) const;
    [[nodiscard]] static std::string id_of(std::string_view tenant, const model::Dimensions& labels);

  private:
    struct Entry {
        std::string tenant;
        Known known;
    };
    void remember(const std::string& id, std::string_view tenant, Known known);
    void forget(const std::string& id);
    [[nodiscard]] Status submit(std::vector<model::AlarmEvent> events);

    const Parts parts_;
    mutable std::mutex mutex_;  // guards all below; held over a submit, so that one alert makes one event
    std::unordered_map<std::string, Entry> ringing_;
    std::set<std::pair<int64_t, std::string>> ends_;
};

}  // namespace belfry::notify
