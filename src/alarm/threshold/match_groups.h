#pragma once

#include "alarm/threshold/windows.h"
#include "model/metric_batch.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace belfry::alarm {

/// Which of a definition's match_by keys a metric has, and their values.
struct MatchKey {
    uint64_t mask = 0;                // bit i: key i is there
    std::vector<std::string> values;  // one a key, "" for those that are not there
    /// Equal for equal masks and values under `mask`.
    [[nodiscard]] std::string bytes(uint64_t under) const;
    [[nodiscard]] bool agrees(const MatchKey& other) const;
    [[nodiscard]] MatchKey joined(const MatchKey& other) const;
};

/// A metric that an alarm may still need: it waits for the others, or belongs to alarms that do not exist yet.
struct Member {
    uint32_t definition = NONE;  // NONE: the place is free
    model::HeadId id = 0;
    MatchKey key;
    std::vector<uint32_t> subs;   // of the definition, which it feeds
    std::string labels;           // canonical
    int64_t time_ms = INT64_MIN;  // of the newest sample; INT64_MIN: none yet
    double value = 0;
};

/// A combination of values of match_by keys: one alarm, once every comparison has a metric.
struct Group {
    MatchKey key;
    uint32_t alarm = NONE;
    std::vector<uint32_t> members;  // as long as there is no alarm
};

/// The groups of one definition. A metric belongs to every group that has its values and perhaps more; metrics that
/// have different keys make a group together when the values of the keys they share are equal. One thread.
class MatchGroups {
  public:
    explicit MatchGroups(size_t keys) : full_(keys >= 64 ? UINT64_MAX : (uint64_t{1} << keys) - 1) {}

    [[nodiscard]] uint64_t full() const { return full_; }
    [[nodiscard]] Group& at(uint32_t group) { return groups_[group]; }
    [[nodiscard]] const std::vector<Group>& all() const { return groups_; }
    /// The group with just this key; made when missing.
    uint32_t group(const MatchKey& key);
    /// All groups that a metric with this key belongs to, those with most keys first; new combinations are made, at
    /// most `groups_max` in all.
    [[nodiscard]] std::vector<uint32_t> groups_for(const MatchKey& key, size_t groups_max);
    /// Those that are there.
    [[nodiscard]] std::vector<uint32_t> known_groups(const MatchKey& key) const;

    /// Members are kept by their keys, for groups that come later.
    void add_member(const MatchKey& key, uint32_t member);
    void remove_member(const MatchKey& key, uint32_t member);
    /// Whose keys and values the group has.
    [[nodiscard]] std::vector<uint32_t> members_of(const Group& group) const;
    [[nodiscard]] const std::vector<uint32_t>* members_with(const MatchKey& key) const;

  private:
    void use_mask(uint64_t mask);

    const uint64_t full_;
    std::vector<Group> groups_;
    std::unordered_map<std::string, uint32_t> by_key_;
    std::map<uint64_t, std::unordered_map<std::string, std::vector<uint32_t>>> by_projection_;  // of masks in use
    std::unordered_map<std::string, std::vector<uint32_t>> members_;
};

}  // namespace belfry::alarm
