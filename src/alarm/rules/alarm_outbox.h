#pragma once

#include "base/result.h"
#include "catalog/alarm_log.h"
#include "model/alarm.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

/// What is asked of the alarms as they are stored (catalog::AlarmStore). Any thread.
struct StoredAlarms {
    std::function<std::shared_ptr<const model::Alarm>(std::string_view tenant, std::string_view id)> find;
    std::function<std::vector<std::shared_ptr<const model::Alarm>>()> all;  // of all tenants
    std::function<uint64_t()> applied_to;  // offset of the first record of `transitions` that is not applied
};

/// The same UUID for the same parts, at every start: an alarm is known again by what it is for.
[[nodiscard]] std::string stable_uuid(std::initializer_list<std::string_view> parts);

/// The way from the rules to the log of alarms. What the log refuses waits here, in order, and is tried again. When too
/// much waits, an alarm's transitions become one: from the state before the first to the state after the last. What a
/// crash takes from here is made again at the next start, where states are compared. Any thread.
class AlarmOutbox {
  public:
    AlarmOutbox(catalog::AlarmLog& log, StoredAlarms stored, std::string origin, size_t events_max)
        : log_(log), stored_(std::move(stored)), origin_(std::move(origin)), events_max_(events_max) {}

    /// Random ids are set where they are missing. Acknowledgements and the texts that people set are kept from the
    /// stored alarm.
    void put(std::vector<model::AlarmEvent> events);
    /// Tries what waits; true when nothing waits any more.
    bool flush();
    /// Nothing waits and all of it is in the store: what the store says is what was told.
    [[nodiscard]] bool settled() const;
    [[nodiscard]] const StoredAlarms& stored() const { return stored_; }

  private:
    void fold();  // mutex_ is held
    catalog::AlarmLog& log_;  // outlives this
    const StoredAlarms stored_;
    const std::string origin_;
    const size_t events_max_;
    std::mutex turn_;           // held while the log is written: the order of events
    mutable std::mutex mutex_;  // guards what follows
    std::vector<model::AlarmEvent> waiting_;
    uint64_t told_to_ = 0;  // offset behind the last record that was taken
};

}  // namespace belfry::alarm
