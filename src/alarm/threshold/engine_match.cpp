#include "alarm/threshold/engine.h"
#include "alarm/threshold/stats.h"
#include "base/hash.h"

#include <algorithm>

namespace belfry::alarm {
namespace {

using model::AlarmState;

bool has_all(model::LabelsView labels, const model::Dimensions& wanted) {
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](const auto& d) { return d.first != model::METRIC_NAME && labels.get(d.first) == d.second; });
}

model::AlarmMetric metric_of(model::LabelsView labels) {
    model::AlarmMetric out;
    for (const model::Label& label : labels) {
        if (label.name == model::METRIC_NAME)
            out.name = std::string(label.value);
        else if (label.name != model::TENANT_LABEL)
            out.dimensions.emplace_back(label.name, label.value);
    }
    return out;
}

}  // namespace

model::Dimensions alarm_labels(const catalog::AlarmDefinition& definition, const MatchKey& key) {
    std::map<std::string, std::string> labels;
    const auto& match_by = definition.match_by;
    for (size_t i = 0; i < match_by.size(); ++i)
        if (key.mask >> i & 1) labels[match_by[i]] = key.values[i];
    for (const auto& [name, value] : definition.labels)
        if (std::find(match_by.begin(), match_by.end(), name) == match_by.end()) labels.try_emplace(name, value);
    return {labels.begin(), labels.end()};
}

void ThresholdEngine::resolve(model::HeadId id, model::LabelsView labels) {
    HeadTable::Head& head = heads_.find(id);
    const std::string key = std::string(labels.tenant()) + '\0' + std::string(labels.metric_name());
    head.name = static_cast<uint32_t>(hash64(key));
    head.known = true;
    const auto found = candidates_.find(key);
    if (found == candidates_.end()) return;
    std::map<uint32_t, std::vector<uint32_t>> matching;  // definition -> places
    for (const Candidate& candidate : found->second)
        if (has_all(labels, definitions_[candidate.definition]->plans[candidate.place]->sub.dimensions))
            matching[candidate.definition].push_back(candidate.place);
    for (const auto& [definition, subs] : matching)
        match(id, labels, definition, subs);
}

void ThresholdEngine::match(model::HeadId id,
                            model::LabelsView labels,
                            uint32_t index,
                            const std::vector<uint32_t>& subs) {
    Definition& definition = *definitions_[index];
    MatchKey key;
    for (size_t i = 0; i < definition.facts.match_by.size(); ++i) {
        const std::string& name = definition.facts.match_by[i];
        key.values.emplace_back(name == model::METRIC_NAME ? "" : labels.get(name));
        if (!key.values.back().empty()) key.mask |= uint64_t{1} << i;
    }
    if (key.mask == 0 && definition.groups->full() != 0) return;  // none of the keys: no alarm
    MatchGroups& groups = *definition.groups;
    uint32_t member = NONE;
    if (const auto* known = groups.members_with(key))
        for (const uint32_t m : *known)
            if (members_[m].id == id) member = m;
    if (member == NONE) {
        // a metric of an alarm that is there and needs no others does not wait
        const auto known_groups = key.mask == groups.full() ? groups.known_groups(key) : std::vector<uint32_t>{};
        if (known_groups.size() == 1 && groups.at(known_groups[0]).alarm != NONE)
            return attach(groups.at(known_groups[0]).alarm, id, labels, subs, true);
        if (waiting_count() >= parts_.config.waiting_metrics_max) {
            threshold_waiting_refused.add();
            return;
        }
        member = take_member();
        members_[member] = {
            .definition = index, .id = id, .key = key, .subs = subs, .labels = std::string(labels.bytes())};
        groups.add_member(key, member);
    }
    heads_.add_target(heads_.find(id), HeadTable::WAITING | member);
    for (const uint32_t group : groups.groups_for(key, parts_.config.alarms_max + parts_.config.waiting_metrics_max)) {
        const uint32_t alarm = groups.at(group).alarm;
        if (alarm != NONE)
            attach(alarm, id, labels, subs, true);
        else
            try_create(index, group);
    }
    const auto own = groups.known_groups(key);
    if (key.mask == groups.full() && groups.at(own.at(0)).alarm != NONE && members_[member].definition != NONE)
        free_member(member);
}

bool ThresholdEngine::complete(const Definition& definition, const Group& group) const {
    std::vector<bool> has(definition.plans.size());
    for (const uint32_t member : definition.groups->members_of(group))
        for (const uint32_t sub : members_[member].subs)
            has[sub] = true;
    return std::find(has.begin(), has.end(), false) == has.end();
}

void ThresholdEngine::try_create(uint32_t index, uint32_t group_index) {
    Definition& definition = *definitions_[index];
    MatchGroups& groups = *definition.groups;
    if (silent_ || !complete(definition, groups.at(group_index))) return;
    const MatchKey key = groups.at(group_index).key;
    // Metrics with only some of the keys belong to the alarms that have more; alone they make one.
    if (key.mask != groups.full())
        for (const uint32_t other : groups.known_groups(key))
            if (other != group_index && groups.at(other).alarm != NONE) return;
    if (alarms_by_id_.size() >= parts_.config.alarms_max) {
        threshold_alarms_refused.add();
        return;
    }
    const uint32_t alarm = make_alarm(index, group_index, parts_.make_id());
    std::vector<uint32_t> members = groups.members_of(groups.at(group_index));
    for (const uint32_t member : members) {
        const Member& m = members_[member];
        attach(alarm, m.id, model::LabelsView(m.labels), m.subs, false);
    }
    AlarmRow& row = alarms_[alarm];
    row.state_updated_ms = row.created_ms = now_ms_;
    emit(model::AlarmEvent::Kind::created, whole(row), row.state, "");
    // what came before the alarm was there, in its order
    std::sort(members.begin(), members.end(),
              [this](uint32_t a, uint32_t b) { return members_[a].time_ms < members_[b].time_ms; });
    for (const uint32_t member : members) {
        const Member& m = members_[member];
        if (m.time_ms != INT64_MIN)
            for (const uint32_t sub : m.subs)
                feed(row.first_window + sub, m.time_ms, m.value);
        if (m.key.mask == groups.full()) free_member(member);
    }
}

uint32_t ThresholdEngine::make_alarm(uint32_t index, uint32_t group_index, std::string id) {
    Definition& definition = *definitions_[index];
    uint32_t alarm = static_cast<uint32_t>(alarms_.size());
    if (free_alarms_.empty()) {
        alarms_.emplace_back();
    } else {
        alarm = free_alarms_.back();
        free_alarms_.pop_back();
    }
    AlarmRow& row = alarms_[alarm];
    row = AlarmRow{};
    row.definition = index;
    row.group = group_index;
    row.id = std::move(id);
    row.state = definition.expression.deterministic() ? AlarmState::ok : AlarmState::undetermined;
    row.first_window = windows_.make(static_cast<uint32_t>(definition.plans.size()), alarm);
    for (uint32_t place = 0; place < definition.plans.size(); ++place) {
        const uint32_t window = row.first_window + place;
        windows_.reset(window, *definition.plans[place], now_ms_ / 1'000);
        windows_.at(window).state =
            definition.plans[place]->sub.deterministic ? AlarmState::ok : AlarmState::undetermined;
        schedule(window);
    }
    Group& group = definition.groups->at(group_index);
    group.alarm = alarm;
    row.labels = alarm_labels(definition.facts, group.key);
    row.place = static_cast<uint32_t>(definition.alarms.size());
    definition.alarms.push_back(alarm);
    alarms_by_id_[row.id] = alarm;
    return alarm;
}

void ThresholdEngine::attach(
    uint32_t alarm, model::HeadId id, model::LabelsView labels, const std::vector<uint32_t>& subs, bool tell) {
    AlarmRow& row = alarms_[alarm];
    HeadTable::Head& head = heads_.find(id);
    const uint32_t before = head.count;
    for (const uint32_t sub : subs)
        heads_.add_target(head, row.first_window + sub);
    if (head.count != before) row.heads.push_back(id);
    model::AlarmMetric metric = metric_of(labels);
    const auto place = std::lower_bound(row.metrics.begin(), row.metrics.end(), metric);
    if (place != row.metrics.end() && *place == metric) return;
    if (row.metrics.size() >= parts_.config.metrics_listed_max) {
        threshold_metrics_unlisted.add();
        return;
    }
    if (tell && !silent_) {
        model::Alarm joined;
        joined.id = row.id;
        joined.tenant = definitions_[row.definition]->facts.tenant;
        joined.metrics = {metric};
        emit(model::AlarmEvent::Kind::joined, std::move(joined), row.state, "");
    }
    if (!tell || !silent_) row.metrics.insert(place, std::move(metric));
}

void ThresholdEngine::feed_waiting(uint32_t member, int64_t time_ms, double value) {
    Member& m = members_[member];
    if (m.definition == NONE) return;
    if (time_ms >= m.time_ms) {
        m.time_ms = time_ms;
        m.value = value;
    }
    if (silent_) return;
    // Alarms that could not be made when the metric came: during a replay, or because there were too many.
    const uint32_t definition = m.definition;
    MatchGroups& groups = *definitions_[definition]->groups;
    for (const uint32_t group : groups.known_groups(m.key)) {
        if (groups.at(group).alarm != NONE) continue;
        try_create(definition, group);
        if (members_[member].definition == NONE) return;
    }
}

uint32_t ThresholdEngine::take_member() {
    if (free_members_.empty()) {
        members_.emplace_back();
        return static_cast<uint32_t>(members_.size() - 1);
    }
    const uint32_t member = free_members_.back();
    free_members_.pop_back();
    return member;
}

void ThresholdEngine::free_member(uint32_t member) {
    Member& m = members_[member];
    heads_.remove_target(heads_.find(m.id), HeadTable::WAITING | member);
    definitions_[m.definition]->groups->remove_member(m.key, member);
    m = Member{};
    free_members_.push_back(member);
}

void ThresholdEngine::remove_alarm(uint32_t alarm) {
    AlarmRow& row = alarms_[alarm];
    Definition& definition = *definitions_[row.definition];
    const auto count = static_cast<uint32_t>(definition.plans.size());
    // Its metrics are looked at again when they come: they may make it anew.
    for (const model::HeadId id : row.heads) {
        HeadTable::Head& head = heads_.find(id);
        for (uint32_t i = 0; i < count; ++i)
            heads_.remove_target(head, row.first_window + i);
        head.known = false;
    }
    windows_.remove(row.first_window, count);
    definition.groups->at(row.group).alarm = NONE;
    definition.alarms[row.place] = definition.alarms.back();
    alarms_[definition.alarms[row.place]].place = row.place;
    definition.alarms.pop_back();
    alarms_by_id_.erase(row.id);
    row = AlarmRow{};
    free_alarms_.push_back(alarm);
}

}  // namespace belfry::alarm
