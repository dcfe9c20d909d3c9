#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/alarm_log.h"
#include "catalog/alarm_store.h"
#include "catalog/changes.h"
#include "catalog/notification.h"
#include "model/alarm.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

using AlarmPtr = std::shared_ptr<const model::Alarm>;

/// The reason that a state set by a person has, as in Monasca.
inline constexpr std::string_view SET_BY_API = "Alarm state updated via API";
inline constexpr size_t LIFECYCLE_CHARACTERS_MAX = 50;  // Monasca's limits
inline constexpr size_t LINK_CHARACTERS_MAX = 512;
inline constexpr size_t REASON_BYTES_MAX = 1'000;  // of an acknowledgement or a mute

/// What is not set stays.
struct AlarmChange {
    std::optional<model::AlarmState> state;
    std::optional<std::string> lifecycle_state;
    std::optional<std::string> link;
};

/// Why, and until when; `until_ms` 0 (of an acknowledgement only): until it is OK again.
struct Quiet {
    std::string reason;
    int64_t until_ms = 0;
};

/// What people do to alarms, whichever way they come: checked, written to the log, and back from it in the store before
/// the answer. Any thread. `by` is a user or key.
class Desk {
  public:
    struct Parts {
        Clock& clock;
        catalog::AlarmStore& store;
        catalog::AlarmLog& log;
        catalog::Catalog& catalog;
        catalog::Changes& changes;
    };
    /// All outlive this.
    explicit Desk(Parts parts) : parts_(parts) {}

    /// `not_found`: no such alarm in this tenant; so for all that follow.
    [[nodiscard]] Result<AlarmPtr> find(std::string_view tenant, std::string_view id) const;

    /// A state that is another one is a transition (history and notifications as for any other); the rest a change.
    [[nodiscard]] Result<AlarmPtr> change(std::string_view tenant,
                                          std::string_view id,
                                          const AlarmChange& change,
                                          std::string_view by);
    /// `conflict`: it is OK, so there is nothing to look after.
    [[nodiscard]] Result<AlarmPtr> acknowledge(std::string_view tenant,
                                               std::string_view id,
                                               const Quiet& quiet,
                                               std::string_view by);
    [[nodiscard]] Result<AlarmPtr> withdraw(std::string_view tenant, std::string_view id, std::string_view by);
    [[nodiscard]] Status remove(std::string_view tenant, std::string_view id, std::string_view by);
    /// The alarms of a definition that is gone.
    [[nodiscard]] Status remove_of_definition(std::string_view tenant,
                                              std::string_view definition_id,
                                              std::string_view by);
    /// Alarms of definitions that are gone although their engine made them later; at start and now and then.
    [[nodiscard]] Result<size_t> remove_orphans();

    /// Mutes one alarm: a silence on its `alarm_id`. One that is muted already is muted until the new end.
    [[nodiscard]] Result<catalog::Silence> mute(std::string_view tenant,
                                                std::string_view id,
                                                const Quiet& quiet,
                                                std::string_view by);
    /// Ends all mutes of the alarm; fine when there is none.
    [[nodiscard]] Status unmute(std::string_view tenant, std::string_view id, std::string_view by);
    /// Till when; nothing when it is not muted.
    [[nodiscard]] std::optional<int64_t> muted_until(std::string_view tenant, std::string_view id) const;

  private:
    /// Writes and waits until the store has it.
    [[nodiscard]] Status submit(std::vector<model::AlarmEvent> events);
    [[nodiscard]] Result<AlarmPtr> set_acknowledgement(std::string_view tenant,
                                                       std::string_view id,
                                                       std::optional<model::Acknowledgement> acknowledged,
                                                       std::string_view by);
    [[nodiscard]] model::AlarmEvent event_of(model::AlarmEvent::Kind kind,
                                             const model::Alarm& alarm,
                                             std::string_view by) const;
    const Parts parts_;
    std::mutex mutex_;  // held from the reading of an alarm to the appearance of its change
};

/// The acknowledgement that holds now: it ends when its time is over, and the store ends it when the alarm is OK.
[[nodiscard]] const model::Acknowledgement* acknowledgement(const model::Alarm& alarm, int64_t now_ms);
/// Of a silence on the label alarm_id alone, the id it names; "" for other silences.
[[nodiscard]] std::string_view muted_alarm(const catalog::Silence& silence);

}  // namespace belfry::alarm
