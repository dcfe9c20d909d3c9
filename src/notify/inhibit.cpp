#include "notify/inhibit.h"

#include "notify/matchers.h"
#include "notify/notice.h"

namespace belfry::notify {
namespace {

std::string key_of(const InhibitRule& rule, const model::Dimensions& labels) {
    std::string out;
    for (const std::string& name : rule.equal)
        out.append(value_of(labels, name)).append(1, '\0');
    return out;
}

}  // namespace

Inhibition::Tenant* Inhibition::tenant_of(const RoutingPtr& routing, std::string_view tenant) {
    if (routing->inhibit.empty()) {
        if (const auto old = tenants_.find(tenant); old != tenants_.end()) tenants_.erase(old);
        return nullptr;
    }
    Tenant& out = tenants_[std::string(tenant)];
    if (out.routing == routing) return &out;
    out = {.routing = routing, .rules = std::vector<Rule>(routing->inhibit.size())};
    if (alarms_)
        for (const auto& alarm : alarms_(tenant))
            note(out, *alarm);
    return &out;
}

void Inhibition::note(Tenant& tenant, const model::Alarm& alarm) {
    const model::Dimensions labels = labels_of(alarm);
    for (size_t i = 0; i < tenant.rules.size(); ++i) {
        const InhibitRule& rule = tenant.routing->inhibit[i];
        Rule& index = tenant.rules[i];
        if (const auto before = index.keys.find(alarm.id); before != index.keys.end()) {
            const auto set = index.sources.find(before->second);
            set->second.erase(alarm.id);
            if (set->second.empty()) index.sources.erase(set);
            index.keys.erase(before);
        }
        if (alarm.state != model::AlarmState::alarm || !all_match(rule.source, labels)) continue;
        std::string key = key_of(rule, labels);
        index.sources[key].insert(alarm.id);
        index.keys.emplace(alarm.id, std::move(key));
    }
}

void Inhibition::note(const RoutingPtr& routing, const model::Alarm& alarm) {
    if (Tenant* tenant = tenant_of(routing, alarm.tenant)) note(*tenant, alarm);
}

void Inhibition::forget(std::string_view tenant, std::string_view alarm_id) {
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end()) return;
    model::Alarm gone;
    gone.id = alarm_id;
    gone.tenant = tenant;
    gone.state = model::AlarmState::ok;
    note(found->second, gone);
}

std::string Inhibition::inhibited_by(const RoutingPtr& routing,
                                     const model::Alarm& alarm,
                                     const model::Dimensions& labels) {
    Tenant* tenant = tenant_of(routing, alarm.tenant);
    if (!tenant) return "";
    for (size_t i = 0; i < tenant->rules.size(); ++i) {
        const InhibitRule& rule = routing->inhibit[i];
        if (!all_match(rule.target, labels)) continue;
        const auto found = tenant->rules[i].sources.find(key_of(rule, labels));
        if (found == tenant->rules[i].sources.end()) continue;
        // What is source and target at once is not inhibited by its like, itself included (as Alertmanager has it).
        if (all_match(rule.source, labels)) continue;
        for (const std::string& id : found->second)
            if (id != alarm.id) return id;
    }
    return "";
}

}  // namespace belfry::notify
