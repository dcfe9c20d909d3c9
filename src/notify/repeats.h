#pragma once

#include "notify/catalog_view.h"
#include "notify/notice.h"
#include "notify/store.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace belfry::notify {

/// Alarms that are told periodically: while they exist, are in the same state, nobody looks after them, and the method
/// still has the period. One thread at a time.
class Repeats {
  public:
    Repeats(CatalogView& catalog, FindAlarm find_alarm, const NotifyConfig& config)
        : catalog_(catalog), find_alarm_(std::move(find_alarm)), config_(config) {}

    /// The alarm has another state: earlier repeats end.
    void clear(const std::string& alarm_id);
    /// Told by a method with a period. False: there is no room.
    [[nodiscard]] bool add(const EventPtr& event, const Method& method, int64_t now_ms);
    struct Due {
        EventPtr event;
        MethodPtr method;
    };
    [[nodiscard]] std::vector<Due> due(int64_t now_ms);
    [[nodiscard]] std::optional<int64_t> next_due_ms() const;
    void restore(const std::vector<StateRow>& rows);
    void take(StoreBatch& batch);
    void put_back(const std::vector<StateRow>& rows);

  private:
    struct Repeat {
        std::string method_id;
        int64_t period_s = 0;
        int64_t next_ms = 0;
    };
    struct Alarm {
        EventPtr event;
        std::vector<Repeat> repeats;
    };
    [[nodiscard]] bool goes_on(const Alarm& alarm, const Repeat& repeat, bool* quiet) const;

    CatalogView& catalog_;  // outlives this
    const FindAlarm find_alarm_;
    const NotifyConfig& config_;  // outlives this
    std::unordered_map<std::string, Alarm> alarms_;
    std::set<std::pair<int64_t, std::string>> due_;  // time, alarm id
    std::set<std::string> dirty_;
    size_t count_ = 0;
};

}  // namespace belfry::notify
