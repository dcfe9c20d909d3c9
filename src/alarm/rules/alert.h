#pragma once

#include "alarm/rules/rule.h"
#include "model/labels.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

enum class AlertState { inactive, pending, firing };
[[nodiscard]] std::string_view to_string(AlertState state);

/// One alert of a rule: a label set for which the expression held, and what came of it.
struct Alert {
    AlertState state = AlertState::pending;
    model::Labels labels;  // with alertname, without __name__
    Pairs annotations;
    double value = 0;
    int64_t active_at_ms = 0;          // since when the expression holds
    int64_t fired_at_ms = 0;           // 0: not yet
    int64_t resolved_at_ms = 0;        // 0: it is active
    int64_t keep_firing_since_ms = 0;  // 0: the expression holds
};

/// An alert became pending, firing or inactive. What notifications, the history and the pages about alarms are made
/// from.
struct Transition {
    std::string tenant;
    std::string file;
    std::string group;
    std::string rule;
    std::string expression;
    AlertState from = AlertState::inactive;
    AlertState to = AlertState::inactive;
    int64_t at_ms = 0;  // the time of the evaluation
    Alert alert;        // as it is after the change
};

/// Called after the samples of the same evaluation are durable, in the order of evaluation within a group; on the
/// thread that evaluates the group, which waits for it.
using TransitionSink = std::function<void(const std::vector<Transition>&)>;

struct RuleGroup;
/// Called once a group, on the same thread, when the states of an earlier run are known: all that fire now, as
/// transitions from firing to firing. Everything else of the group does not fire.
using SettledSink =
    std::function<void(const std::string& tenant, const RuleGroup& group, const std::vector<Transition>& firing)>;

}  // namespace belfry::alarm
