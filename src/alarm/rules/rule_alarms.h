#pragma once

#include "alarm/rules/alarm_outbox.h"
#include "alarm/rules/alert.h"
#include "base/clock.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace belfry::alarm {

/// Alerts of rule files as alarms: firing is ALARM, resolved is OK, pending is nothing. Any thread.
class RuleAlarms {
  public:
    /// `outbox` outlives this. `forget_ms`: an alarm that has been OK for so long is removed.
    RuleAlarms(AlarmOutbox& outbox, Clock& clock, int64_t forget_ms)
        : outbox_(outbox), clock_(clock), forget_ms_(forget_ms) {}

    /// A TransitionSink.
    void changed(const std::vector<Transition>& transitions);
    /// A SettledSink: what is stored of the group's alarms is made to agree with what fires.
    void settled(const std::string& tenant, const RuleGroup& group, const std::vector<Transition>& firing);
    /// Now and then: alarms of rules that are no longer there (`definitions` has the ids of all that are; nothing when
    /// that is not known, for a file could not be read) and alarms that have been OK for long are removed.
    void sweep(const std::optional<std::set<std::string>>& definitions);

    /// The definition_id of a rule's alarms.
    [[nodiscard]] static std::string definition_id(std::string_view file, std::string_view group, std::string_view rule);

  private:
    [[nodiscard]] model::Alarm alarm_of(const Transition& transition) const;
    void ring(const Transition& transition, std::vector<model::AlarmEvent>& out);
    AlarmOutbox& outbox_;
    Clock& clock_;  // outlives this
    const int64_t forget_ms_;
    std::mutex mutex_;  // guards told_
    std::map<std::string, model::AlarmState> told_;  // by alarm id, since the start; the store follows
};

/// LOW to CRITICAL from what rule files write in the label `severity`: page and critical, error and high, warning and
/// medium; anything else is LOW.
[[nodiscard]] model::Severity severity_of_label(std::string_view value);

}  // namespace belfry::alarm
