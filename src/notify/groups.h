#pragma once

#include "notify/catalog_view.h"
#include "notify/delivery.h"
#include "notify/inhibit.h"
#include "notify/store.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace belfry::notify {

/// What a group wants told now.
struct GroupNotice {
    std::string tenant;
    MethodPtr method;
    std::shared_ptr<const Notice> notice;
    DeliveryStatus status = DeliveryStatus::pending;  // or why it is not told
    std::string detail;
};

/// A group as it is shown.
struct GroupView {
    std::string key;
    std::string receiver;
    model::Dimensions labels;
    std::vector<EventPtr> alarms;
};

/// The alarms that a tenant's routes tell together. An alarm comes in when it rings, is over with OK, and leaves once
/// that is told. Told after group_wait, then every group_interval when something is new, and again after
/// repeat_interval, unless somebody looks after all that ring. An acknowledged alarm is no news. One thread at a time.
class Groups {
  public:
    /// `find_alarm` may be empty.
    Groups(CatalogView& catalog, Inhibition& inhibition, FindAlarm find_alarm, const NotifyConfig& config)
        : catalog_(catalog), inhibition_(inhibition), find_alarm_(std::move(find_alarm)), config_(config) {}

    /// A transition. False when a route wants it and there is no room for another group.
    [[nodiscard]] bool add(const EventPtr& event, uint64_t offset, int64_t now_ms);
    void forget(const std::string& alarm_id);
    [[nodiscard]] std::vector<GroupNotice> due(int64_t now_ms);
    [[nodiscard]] std::optional<int64_t> next_due_ms() const;

    void restore(const std::vector<StateRow>& rows);
    /// States that changed; what is new for less than a moment stays for the next time, and holds `position`.
    void take(StoreBatch& batch, int64_t now_ms, bool all);
    void put_back(const std::vector<StateRow>& rows);
    [[nodiscard]] std::vector<GroupView> view(std::string_view tenant) const;
    [[nodiscard]] size_t size() const { return groups_.size(); }

  private:
    struct Group {
        std::string tenant, route, receiver;
        model::Dimensions labels;
        std::map<std::string, EventPtr> alarms;  // by id
        std::set<std::string> told;              // ids that ring in the eyes of who was told
        int64_t next_ms = 0;
        int64_t last_told_ms = 0;
        int64_t sequence = 0;
        bool hushed = false;  // that it is muted stands in the log already
    };
    struct Dirty {
        uint64_t offset = Delivery::NO_OFFSET;
        int64_t since_ms = 0;
        bool told = false;
    };
    void note_dirty(const std::string& key, uint64_t offset, int64_t now_ms, bool told);
    void schedule(const std::string& key, Group& group, int64_t next_ms);
    void remove(const std::string& key);
    [[nodiscard]] bool is_acknowledged(const model::Alarm& alarm) const;
    [[nodiscard]] std::optional<GroupNotice> tell(const std::string& key, Group& group, int64_t now_ms);

    CatalogView& catalog_;    // outlives this
    Inhibition& inhibition_;  // outlives this
    const FindAlarm find_alarm_;
    const NotifyConfig& config_;  // outlives this
    std::map<std::string, Group> groups_;
    std::set<std::pair<int64_t, std::string>> due_;
    std::unordered_map<std::string, std::set<std::string>> groups_of_;  // alarm id -> keys
    std::map<std::string, Dirty> dirty_;
};

}  // namespace belfry::notify
