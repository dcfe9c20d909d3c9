#include "alarm/threshold/match_groups.h"

#include "base/bytes.h"

#include <algorithm>
#include <bit>

namespace belfry::alarm {

std::string MatchKey::bytes(uint64_t under) const {
    std::string out;
    put_le(out, mask & under);
    for (size_t i = 0; i < values.size(); ++i)
        if ((mask & under) >> i & 1) put_sized(out, values[i]);
    return out;
}

bool MatchKey::agrees(const MatchKey& other) const {
    for (size_t i = 0; i < values.size(); ++i)
        if ((mask & other.mask) >> i & 1 && values[i] != other.values[i]) return false;
    return true;
}

MatchKey MatchKey::joined(const MatchKey& other) const {
    MatchKey out = *this;
    out.mask |= other.mask;
    for (size_t i = 0; i < values.size(); ++i)
        if (other.mask >> i & 1) out.values[i] = other.values[i];
    return out;
}

uint32_t MatchGroups::group(const MatchKey& key) {
    const auto [place, is_new] = by_key_.try_emplace(key.bytes(key.mask), static_cast<uint32_t>(groups_.size()));
    if (!is_new) return place->second;
    groups_.push_back({.key = key});
    for (auto& [mask, groups] : by_projection_)
        if ((mask & ~key.mask) == 0) groups[key.bytes(mask)].push_back(place->second);
    return place->second;
}

void MatchGroups::use_mask(uint64_t mask) {
    const auto [place, is_new] = by_projection_.try_emplace(mask);
    if (!is_new) return;
    for (uint32_t i = 0; i < groups_.size(); ++i)
        if ((mask & ~groups_[i].key.mask) == 0) place->second[groups_[i].key.bytes(mask)].push_back(i);
}

std::vector<uint32_t> MatchGroups::groups_for(const MatchKey& key, size_t groups_max) {
    use_mask(key.mask);
    if (groups_.size() < groups_max) (void)group(key);
    // Only keys that neither has all of can be combined; with one kind of metric there are none.
    bool combines = false;
    for (const auto& [mask, groups] : by_projection_)
        combines = combines || ((mask & ~key.mask) != 0 && (key.mask & ~mask) != 0);
    if (combines) {
        const size_t count = groups_.size();
        for (size_t i = 0; i < count && groups_.size() < groups_max; ++i) {
            const MatchKey other = groups_[i].key;
            if ((other.mask & ~key.mask) != 0 && (key.mask & ~other.mask) != 0 && other.agrees(key))
                (void)group(key.joined(other));
        }
    }
    return known_groups(key);
}

std::vector<uint32_t> MatchGroups::known_groups(const MatchKey& key) const {
    const auto groups = by_projection_.find(key.mask);
    if (groups == by_projection_.end()) return {};
    const auto found = groups->second.find(key.bytes(key.mask));
    if (found == groups->second.end()) return {};
    std::vector<uint32_t> out = found->second;
    std::stable_sort(out.begin(), out.end(), [&](uint32_t a, uint32_t b) {
        return std::popcount(groups_[a].key.mask) > std::popcount(groups_[b].key.mask);
    });
    return out;
}

void MatchGroups::add_member(const MatchKey& key, uint32_t member) {
    members_[key.bytes(key.mask)].push_back(member);
}

void MatchGroups::remove_member(const MatchKey& key, uint32_t member) {
    const auto found = members_.find(key.bytes(key.mask));
    if (found == members_.end()) return;
    std::erase(found->second, member);
    if (found->second.empty()) members_.erase(found);
}

std::vector<uint32_t> MatchGroups::members_of(const Group& group) const {
    std::vector<uint32_t> out;
    for (const auto& [mask, groups] : by_projection_) {
        if ((mask & ~group.key.mask) != 0) continue;
        const auto found = members_.find(group.key.bytes(mask));
        if (found != members_.end()) out.insert(out.end(), found->second.begin(), found->second.end());
    }
    return out;
}

const std::vector<uint32_t>* MatchGroups::members_with(const MatchKey& key) const {
    const auto found = members_.find(key.bytes(key.mask));
    return found == members_.end() ? nullptr : &found->second;
}

}  // namespace belfry::alarm
