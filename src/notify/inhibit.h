#pragma once

#include "notify/route.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace belfry::notify {

/// Which alarms ring that may inhibit others: for each rule an index by the values of its `equal` labels, so that a
/// storm costs a look-up an alarm. One thread at a time.
class Inhibition {
  public:
    using Alarms = std::function<std::vector<std::shared_ptr<const model::Alarm>>(std::string_view tenant)>;
    /// `alarms` gives those that exist, for tenants whose rules are new. May be empty.
    explicit Inhibition(Alarms alarms) : alarms_(std::move(alarms)) {}

    /// The alarm is in this state from now on; `routing` is the tenant's.
    void note(const RoutingPtr& routing, const model::Alarm& alarm);
    void forget(std::string_view tenant, std::string_view alarm_id);
    /// The id of a ringing alarm that keeps this one quiet; "" when there is none.
    [[nodiscard]] std::string inhibited_by(const RoutingPtr& routing,
                                           const model::Alarm& alarm,
                                           const model::Dimensions& labels);

  private:
    struct Rule {
        std::unordered_map<std::string, std::unordered_set<std::string>> sources;  // alarm ids by equal values
        std::unordered_map<std::string, std::string> keys;                         // of each source
    };
    struct Tenant {
        RoutingPtr routing;
        std::vector<Rule> rules;
    };
    Tenant* tenant_of(const RoutingPtr& routing, std::string_view tenant);
    static void note(Tenant& tenant, const model::Alarm& alarm);
    const Alarms alarms_;
    std::map<std::string, Tenant, std::less<>> tenants_;
};

}  // namespace belfry::notify
