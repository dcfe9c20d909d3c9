#include "alarm/threshold/check.h"
#include "alarm/threshold/engine.h"
#include "alarm/threshold/parser.h"
#include "alarm/threshold/stats.h"
#include "base/hash.h"
#include "base/log.h"

#include <algorithm>

namespace belfry::alarm {
namespace {

constexpr size_t MATCH_KEYS_MAX = 63;  // bits of MatchKey::mask

std::string name_key(std::string_view tenant, std::string_view name) {
    return std::string(tenant) + '\0' + std::string(name);
}

bool same_facts(const catalog::AlarmDefinition& a, const catalog::AlarmDefinition& b) {
    return a.name == b.name && a.description == b.description && a.severity == b.severity &&
           a.actions_enabled == b.actions_enabled && a.annotations == b.annotations && a.labels == b.labels;
}

}  // namespace

void ThresholdEngine::set_definitions(const catalog::Documents& documents, int64_t now_ms) {
    now_ms_ = std::max(now_ms_, now_ms);
    std::vector<uint32_t> gone;
    for (const auto& [id, index] : definitions_by_id_)
        if (!documents.contains(id)) gone.push_back(index);
    for (const uint32_t index : gone)
        remove_definition(index, true);
    for (const auto& [id, document] : documents) {
        const auto known = definitions_by_id_.find(id);
        if (known != definitions_by_id_.end() && definitions_[known->second]->document == document) continue;
        auto facts = catalog::read_alarm_definition(*document);
        if (facts.ok() && facts->language != catalog::AlarmLanguage::monasca) {
            if (known != definitions_by_id_.end()) remove_definition(known->second, true);
            continue;
        }
        auto expression = facts.ok() ? parse_alarm_expression(facts->expression, parts_.config.limits)
                                     : Result<AlarmExpression>(facts.error());
        if (expression.ok() && facts->match_by.size() > MATCH_KEYS_MAX)
            expression = make_error(Code::invalid, "match_by has more than {} names", MATCH_KEYS_MAX);
        if (!expression.ok()) {
            threshold_definitions_refused.add();
            refused_.insert(id);
            log_error("alarm", "a definition cannot be read, its alarms stay as they are",
                      {{"definition", id}, {"error", expression.error().message}});
            continue;
        }
        refused_.erase(id);
        if (known != definitions_by_id_.end()) {
            definitions_[known->second]->document = document;
            if (change_definition(known->second, *facts, *expression)) continue;
            remove_definition(known->second, true);
        }
        add_definition(std::move(*facts), std::move(*expression), document);
    }
}

void ThresholdEngine::add_definition(catalog::AlarmDefinition facts,
                                     AlarmExpression expression,
                                     std::shared_ptr<const catalog::Document> document) {
    auto definition = std::make_unique<Definition>();
    definition->groups = std::make_unique<MatchGroups>(facts.match_by.size());
    for (uint32_t i = 0; i < expression.subs.size(); ++i) {
        definition->place.push_back(i);
        definition->plans.push_back(std::make_unique<SubPlan>(expression.subs[i]));
    }
    definition->facts = std::move(facts);
    definition->expression = std::move(expression);
    definition->document = std::move(document);
    uint32_t index = 0;
    while (index < definitions_.size() && definitions_[index])
        ++index;
    if (index == definitions_.size()) definitions_.emplace_back();
    definitions_[index] = std::move(definition);
    definitions_by_id_[definitions_[index]->facts.id] = index;
    inactive_.push_back(index);
    activate_due();
}

// Only samples after the creation count: a replay meets definitions before their time.
void ThresholdEngine::activate_due() {
    std::erase_if(inactive_, [this](uint32_t index) {
        Definition& definition = *definitions_[index];
        if (!definition.active && definition.facts.created_ms <= now_ms_) activate(definition, index);
        return definition.active;
    });
}

void ThresholdEngine::activate(Definition& definition, uint32_t index) {
    definition.active = true;
    for (uint32_t place = 0; place < definition.plans.size(); ++place)
        candidates_[name_key(definition.facts.tenant, definition.plans[place]->sub.metric)].push_back({index, place});
    forget_names(definition);
}

// Series that were looked at before a definition came are looked at again.
void ThresholdEngine::forget_names(const Definition& definition) {
    std::vector<uint32_t> names;
    for (const auto& plan : definition.plans)
        names.push_back(static_cast<uint32_t>(hash64(name_key(definition.facts.tenant, plan->sub.metric))));
    heads_.for_each([&](model::HeadId, HeadTable::Head& head) {
        if (std::find(names.begin(), names.end(), head.name) != names.end()) head.known = false;
    });
}

bool ThresholdEngine::change_definition(uint32_t index,
                                        const catalog::AlarmDefinition& facts,
                                        const AlarmExpression& expression) {
    Definition& definition = *definitions_[index];
    const auto matched = match_change(definition.expression, expression);
    if (!matched.ok() || facts.match_by != definition.facts.match_by || facts.tenant != definition.facts.tenant)
        return false;
    const bool tell = !same_facts(definition.facts, facts);
    const bool other_expression =
        !(expression.subs == definition.expression.subs && expression.steps == definition.expression.steps);
    std::vector<uint32_t> places;
    for (const uint32_t old : *matched)
        places.push_back(definition.place[old]);
    definition.place = places;
    definition.facts = facts;
    definition.expression = expression;
    if (other_expression) {
        for (uint32_t i = 0; i < expression.subs.size(); ++i) {
            const uint32_t place = places[i];
            const bool keep = definition.plans[place]->sub.same_window(expression.subs[i]);
            for (const uint32_t alarm : definition.alarms) {
                const uint32_t window = alarms_[alarm].first_window + place;
                if (!keep) windows_.free_slots(window);
                windows_.at(window).announce = true;
            }
            *definition.plans[place] = SubPlan(expression.subs[i]);
            if (keep) continue;
            for (const uint32_t alarm : definition.alarms) {
                const uint32_t window = alarms_[alarm].first_window + place;
                windows_.reset(window, *definition.plans[place], now_ms_ / 1'000);
                schedule(window);
            }
        }
    }
    if (!tell) return true;
    for (const uint32_t alarm : definition.alarms) {
        AlarmRow& row = alarms_[alarm];
        row.labels = alarm_labels(facts, definition.groups->at(row.group).key);
        emit(model::AlarmEvent::Kind::changed, whole(row), row.state, "");
    }
    return true;
}

void ThresholdEngine::remove_definition(uint32_t index, bool tell) {
    Definition& definition = *definitions_[index];
    for (const uint32_t alarm : std::vector<uint32_t>(definition.alarms)) {
        if (tell) {
            model::Alarm gone;
            gone.id = alarms_[alarm].id;
            gone.tenant = definition.facts.tenant;
            gone.definition_id = definition.facts.id;
            emit(model::AlarmEvent::Kind::deleted, std::move(gone), alarms_[alarm].state, "");
        }
        remove_alarm(alarm);
    }
    for (uint32_t i = 0; i < members_.size(); ++i)
        if (members_[i].definition == index) free_member(i);
    for (const auto& plan : definition.plans) {
        const auto found = candidates_.find(name_key(definition.facts.tenant, plan->sub.metric));
        if (found == candidates_.end()) continue;
        std::erase_if(found->second, [&](const Candidate& c) { return c.definition == index; });
        if (found->second.empty()) candidates_.erase(found);
    }
    std::erase(inactive_, index);
    definitions_by_id_.erase(definition.facts.id);
    definitions_[index].reset();
}

}  // namespace belfry::alarm
