#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "catalog/alarm_store_config.h"
#include "model/alarm.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::catalog {

/// A record of topic `transitions` and its offset there.
struct AlarmRecord {
    uint64_t offset = 0;
    const model::AlarmBatch* batch = nullptr;
};

/// A line of the history: a transition, a deletion, or a change that somebody made. The alarm is whole, as it was
/// after it.
struct HistoryEntry {
    int64_t number = 0;  // ascending with the log; unique
    model::AlarmEvent event;
};

/// From `at_ms` on the worst alarm of the tenant was in this state.
struct WatchEntry {
    int64_t at_ms = 0;
    std::optional<model::AlarmState> state;  // nothing: there was no alarm
    std::string reason;                      // which alarm made it so
};

struct HistoryQuery {
    std::string tenant;
    std::string alarm_id;       // "" = all
    std::string definition_id;  // "" = all
    int64_t from_ms = 0;
    int64_t to_ms = INT64_MAX;  // half-open
    int64_t after_number = 0;   // ascending: greater; descending: smaller (0 = from the newest)
    bool newest_first = false;
    bool transitions_only = true;
    size_t limit = 1000;
    /// Looks at each entry before it counts; may be empty.
    std::function<bool(const model::AlarmEvent&)> accept;
};

/// The materialised view of topic `transitions`: every alarm as it is (in memory, too) and what happened to it
/// (DATA/alarms.sqlite). Any thread; `apply` by one.
///
/// An engine and a person may write about one alarm without knowing of each other, so each decides its own members
/// (alarm_merge.h): of origin "api" a `changed` sets lifecycle state, link and acknowledgement and nothing else, and a
/// `transition` the state with reason, value and time; all other origins set everything but those three. A transition
/// to OK ends the acknowledgement. An event of an alarm that was never created, is deleted, or is another tenant's is
/// passed over and counted: after a deletion an engine starts anew with `created` and a new id.
class AlarmStore {
  public:
    [[nodiscard]] static Result<std::unique_ptr<AlarmStore>> open(const std::string& path,
                                                                  const AlarmStoreConfig& config,
                                                                  Clock& clock);
    ~AlarmStore();

    /// Applies records in order and the new position in one transaction; records before the position are passed over.
    [[nodiscard]] Status apply(std::span<const AlarmRecord> records);
    [[nodiscard]] uint64_t applied_to() const;
    /// Waits until `applied_to() > offset`; false after `timeout_ms`.
    [[nodiscard]] bool wait_applied(uint64_t offset, int64_t timeout_ms) const;
    /// The greatest `AlarmBatch::covered` that was applied.
    [[nodiscard]] uint64_t covered() const;
    /// What a restored backup says of a log that it does not know: at start, with the end of topic `metrics`.
    void limit_covered(uint64_t end);

    /// Null when there is none, or not of this tenant ("" = any tenant).
    [[nodiscard]] std::shared_ptr<const model::Alarm> find(std::string_view tenant, std::string_view id) const;
    /// Every alarm of the tenant ("" = of all), by id. One moment; a copy of pointers.
    [[nodiscard]] std::vector<std::shared_ptr<const model::Alarm>> alarms(std::string_view tenant) const;
    [[nodiscard]] size_t alarm_count() const;
    /// Grows with every applied batch that changed something, over restarts: for caches and long polls.
    [[nodiscard]] uint64_t version() const;
    [[nodiscard]] Result<std::vector<HistoryEntry>> history(const HistoryQuery& query) const;
    /// How the worst of all alarms changed: the last entry at or before `from_ms`, then those before `to_ms`; at most
    /// `limit`, the newest.
    [[nodiscard]] Result<std::vector<WatchEntry>> watch(std::string_view tenant,
                                                        int64_t from_ms,
                                                        int64_t to_ms,
                                                        size_t limit) const;

    /// Removes history past its age or count. Called by housekeeping.
    [[nodiscard]] Status trim();
    /// Writes a copy of the database at one moment; `path` must not exist.
    [[nodiscard]] Status copy_to(const std::string& path);

  private:
    struct Impl;
    explicit AlarmStore(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace belfry::catalog
