#pragma once

#include "notify/catalog_view.h"
#include "notify/inhibit.h"
#include "notify/notice.h"
#include "notify/store.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace belfry::notify {

/// Alarms that began to ring while a silence, a mute or another alarm kept them quiet: told once that is over, when
/// they still ring and nobody looks after them. One thread at a time.
class Hushed {
  public:
    /// Of an event in the topic: its record and where it stands there.
    struct Place {
        uint64_t offset = 0;
        uint64_t index = 0;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    /// `find_alarm` may be empty.
    Hushed(CatalogView& catalog, Inhibition& inhibition, FindAlarm find_alarm, const NotifyConfig& config)
        : catalog_(catalog), inhibition_(inhibition), find_alarm_(std::move(find_alarm)), config_(config) {}

    /// The method was not told of the event, the alarm's newest.
    void add(const EventPtr& event, const std::string& method_id, Place place);
    /// The alarm has another state, or is gone, from `place` on; what came later (it was known before a stop) stays.
    void clear(const std::string& alarm_id, Place place);
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
    struct Alarm {
        EventPtr event;
        Place place;
        std::vector<std::string> methods;
        int64_t next_ms = 0;
    };
    /// When it is worth to look again; nothing: nothing keeps it quiet.
    [[nodiscard]] std::optional<int64_t> quiet_until(const model::Alarm& alarm, int64_t now_ms);
    void look_at_all();
    void remove(const std::string& alarm_id);

    CatalogView& catalog_;    // outlives this
    Inhibition& inhibition_;  // outlives this
    const FindAlarm find_alarm_;
    const NotifyConfig& config_;  // outlives this
    std::unordered_map<std::string, Alarm> alarms_;
    std::set<std::pair<int64_t, std::string>> due_;  // time, alarm id
    std::set<std::string> dirty_;
    std::shared_ptr<const catalog::Documents> silences_;  // as of the last look at all
    size_t count_ = 0;                                    // alarms times methods
};

}  // namespace belfry::notify
