#pragma once

#include "base/result.h"
#include "model/alarm.h"
#include "model/matcher.h"
#include "notify/time_interval.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::notify {

/// A node of the tree of routes, with what it inherits.
struct Route {
    std::string id;  // stable while the tree is: the matchers from the root on
    model::Matchers matchers;
    std::string receiver;  // the name of a notification method; "" tells nobody
    std::vector<std::string> group_by;
    bool group_by_all = false;  // ...: each alarm alone
    int64_t group_wait_ms = 30'000;
    int64_t group_interval_ms = 300'000;
    int64_t repeat_interval_ms = 14'400'000;
    bool goes_on = false;  // continue
    std::vector<std::string> mute;
    std::vector<std::string> active;
    std::vector<Route> children;
};

/// Targets are not told while a source rings whose `equal` labels are the same.
struct InhibitRule {
    model::Matchers source;
    model::Matchers target;
    std::vector<std::string> equal;
};

/// Alertmanager's `route`, `inhibit_rules` and `time_intervals`. Immutable.
struct Routing {
    bool has_route = false;
    Route root;
    std::vector<InhibitRule> inhibit;
    std::map<std::string, std::vector<TimeInterval>, std::less<>> intervals;
    std::vector<std::string> receivers;  // that routes name, sorted

    /// The routes that an alarm with these labels takes, in order.
    [[nodiscard]] std::vector<const Route*> find(const model::Dimensions& labels) const;
    [[nodiscard]] const Route* by_id(std::string_view id) const;
    /// The name of the interval that keeps the route quiet now; "" when none does.
    [[nodiscard]] std::string muted_by(const Route& route, int64_t now_ms) const;
};
using RoutingPtr = std::shared_ptr<const Routing>;

/// Errors are `invalid` and begin with `line 7: `. An empty text is no routing.
[[nodiscard]] Result<RoutingPtr> parse_routing(std::string_view yaml);

/// The labels that make the group.
[[nodiscard]] model::Dimensions group_labels(const Route& route, const model::Dimensions& labels);

}  // namespace belfry::notify
