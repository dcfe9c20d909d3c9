#include "alarm/desk/definitions.h"

#include "alarm/rules/alert_text.h"
#include "alarm/threshold/check.h"
#include "alarm/rules/query_run.h"
#include "alarm/threshold/parser.h"
#include "base/log.h"
#include "base/utf8.h"

#include <set>

namespace belfry::alarm {
namespace {

constexpr int64_t INTERVAL_MS_MIN = 1'000;
constexpr int64_t INTERVAL_MS_MAX = 86'400'000;
constexpr int64_t FOR_MS_MAX = 365LL * 86'400'000;

using catalog::AlarmDefinition;
using catalog::AlarmLanguage;

Status check_text(std::string_view text, size_t characters_min, size_t characters_max, std::string_view what) {
    if (!is_utf8(text)) return make_error(Code::invalid, "{} is not UTF-8", what);
    const auto characters =
        static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
    if (characters < characters_min) return make_error(Code::invalid, "{} must not be empty", what);
    if (characters > characters_max)
        return make_error(Code::invalid, "{} has more than {} characters", what, characters_max);
    return {};
}

/// Names of dimensions, in Monasca's sense.
Status check_match_by(const std::vector<std::string>& match_by) {
    std::set<std::string_view> seen;
    for (const std::string& name : match_by) {
        TRY(check_text(name, 1, DEFINITION_NAME_CHARACTERS_MAX, "a name of match_by"));
        if (name.starts_with('_') || name.find_first_of("<>={},\"\\;&") != std::string::npos)
            return make_error(Code::invalid, "match_by has {}, which is no name of a dimension", name);
        if (!seen.insert(name).second) return make_error(Code::invalid, "match_by has {} twice", name);
    }
    return {};
}

bool is_label_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

/// Labels and annotations: their values are templates.
Status check_pairs(const model::Dimensions& pairs, std::string_view what) {
    for (const auto& [name, text] : pairs) {
        if (!is_label_name(name))
            return make_error(Code::invalid, "{} is no name of {}: letters, digits and _", name, what);
        if (!is_utf8(text)) return make_error(Code::invalid, "{} {} is not UTF-8", what, name);
        TRY(parse_alert_text(text).context("the template of {} {} does not parse", what, name));
    }
    return {};
}

uint64_t bytes_of(const AlarmDefinition& d) {
    uint64_t bytes = d.name.size() + d.description.size() + d.expression.size();
    for (const auto* texts : {&d.match_by, &d.alarm_actions, &d.ok_actions, &d.undetermined_actions}) {
        for (const std::string& text : *texts)
            bytes += text.size();
    }
    for (const auto* pairs : {&d.labels, &d.annotations}) {
        for (const auto& [name, text] : *pairs)
            bytes += name.size() + text.size();
    }
    return bytes;
}

Status check_times(const AlarmDefinition& d) {
    if (d.interval_ms < INTERVAL_MS_MIN || d.interval_ms > INTERVAL_MS_MAX)
        return make_error(Code::invalid, "interval_ms is {} to {}", INTERVAL_MS_MIN, INTERVAL_MS_MAX);
    if (d.for_ms < 0 || d.for_ms > FOR_MS_MAX) return make_error(Code::invalid, "for_ms is 0 to {}", FOR_MS_MAX);
    if (d.keep_firing_for_ms < 0 || d.keep_firing_for_ms > FOR_MS_MAX)
        return make_error(Code::invalid, "keep_firing_for_ms is 0 to {}", FOR_MS_MAX);
    return {};
}

}  // namespace

Result<ParsedDefinition> Definitions::parse(AlarmLanguage language, std::string_view expression) const {
    ParsedDefinition out;
    if (language == AlarmLanguage::monasca) {
        out.monasca =
            std::make_shared<const AlarmExpression>(TRY(parse_alarm_expression(expression, parts_.expressions)));
    } else {
        out.promql = std::make_shared<const Condition>(TRY(read_condition(expression)));
    }
    return out;
}

Status Definitions::check_actions(const AlarmDefinition& d) const {
    const auto snapshot = parts_.catalog.snapshot();
    const std::pair<std::string_view, const std::vector<std::string>&> lists[] = {
        {"alarm_actions", d.alarm_actions},
        {"ok_actions", d.ok_actions},
        {"undetermined_actions", d.undetermined_actions}};
    for (const auto& [what, actions] : lists) {
        if (actions.size() > parts_.config.actions_max)
            return make_error(Code::exhausted, "{} has {} methods, the limit is {} (alarms.actions_max)", what,
                              actions.size(), parts_.config.actions_max);
        std::set<std::string_view> seen;
        for (const std::string& id : actions) {
            TRY(check_text(id, 1, ACTION_CHARACTERS_MAX, what));
            if (!seen.insert(id).second) return make_error(Code::invalid, "{} names {} twice", what, id);
            if (snapshot->document(catalog::NOTIFICATION_METHOD, id, d.tenant) == nullptr)
                return make_error(Code::invalid, "{}: there is no notification method {}", what, id);
        }
    }
    return {};
}

Status Definitions::check(const AlarmDefinition& d) const {
    TRY(check_text(d.name, 1, DEFINITION_NAME_CHARACTERS_MAX, "name"));
    TRY(check_text(d.description, 0, DESCRIPTION_CHARACTERS_MAX, "description"));
    if (const uint64_t bytes = bytes_of(d); bytes > parts_.config.definition_bytes_max)
        return make_error(Code::exhausted, "the definition has {} bytes, the limit is {} (alarms.definition_bytes_max)",
                          bytes, parts_.config.definition_bytes_max);
    if (d.expression.empty()) return make_error(Code::invalid, "expression must not be empty");
    if (d.language == AlarmLanguage::promql)
        TRY(check_query_definition(d));
    else
        TRY(parse(d.language, d.expression).context("expression"));
    TRY(check_match_by(d.match_by));
    TRY(check_times(d));
    TRY(check_pairs(d.labels, "label"));
    TRY(check_pairs(d.annotations, "annotation"));
    return check_actions(d);
}

std::shared_ptr<const Definitions::Read> Definitions::read() const {
    const auto documents = parts_.catalog.snapshot()->documents(catalog::ALARM_DEFINITION);
    const std::lock_guard lock(mutex_);
    if (read_ && read_->documents == documents) return read_;
    auto next = std::make_shared<Read>();
    next->documents = documents;
    for (const auto& [id, document] : *documents) {
        if (read_) {  // most are as they were
            const auto before = read_->documents->find(id);
            const auto parsed = read_->by_id.find(id);
            if (before != read_->documents->end() && before->second == document && parsed != read_->by_id.end()) {
                next->by_id.emplace(id, parsed->second);
                continue;
            }
        }
        auto definition = catalog::read_alarm_definition(*document);
        if (definition.ok())
            next->by_id.emplace(id, std::make_shared<const AlarmDefinition>(std::move(*definition)));
        else
            log_error("alarm", "definition passed over", {{"id", id}, {"error", definition.error().message}});
    }
    read_ = std::move(next);
    return read_;
}

std::vector<Definitions::Ptr> Definitions::list(std::string_view tenant) const {
    std::vector<Ptr> out;
    for (const auto& [id, definition] : read()->by_id)
        if (definition->tenant == tenant) out.push_back(definition);
    return out;
}

Result<Definitions::Ptr> Definitions::find(std::string_view tenant, std::string_view id) const {
    const auto all = read();
    const auto found = all->by_id.find(id);
    if (found != all->by_id.end() && found->second->tenant == tenant) return found->second;
    return make_error(Code::not_found, "there is no alarm definition {}", id);
}

Result<Definitions::Ptr> Definitions::save(const AlarmDefinition& definition, std::string_view by) {
    TRY(parts_.changes.save_document(catalog::to_document(definition), by));
    return find(definition.tenant, definition.id);
}

Result<Definitions::Ptr> Definitions::create(AlarmDefinition definition, std::string_view by) {
    if (definition.id.empty()) definition.id = catalog::random_uuid();
    TRY(check(definition));
    return save(definition, by);
}

Result<Definitions::Ptr> Definitions::update(AlarmDefinition definition, ChangeRules rules, std::string_view by) {
    const Ptr before = TRY(find(definition.tenant, definition.id));
    TRY(check(definition));
    if (definition.language != before->language)
        return make_error(Code::invalid, "language must not change: make another definition");
    definition.ready_made = before->ready_made;
    if (rules == ChangeRules::monasca && definition.language == AlarmLanguage::monasca) {
        auto old_names = before->match_by;
        auto new_names = definition.match_by;
        std::sort(old_names.begin(), old_names.end());
        std::sort(new_names.begin(), new_names.end());
        if (old_names != new_names) return make_error(Code::invalid, "match_by must not change");
        const ParsedDefinition old_expression = TRY(parse(before->language, before->expression));
        const ParsedDefinition new_expression = TRY(parse(definition.language, definition.expression));
        TRY(match_change(*old_expression.monasca, *new_expression.monasca));
    }
    return save(definition, by);
}

Status Definitions::remove(std::string_view tenant, std::string_view id, std::string_view by) {
    TRY(parts_.changes.remove_document(catalog::ALARM_DEFINITION, id, tenant, by));
    return parts_.desk.remove_of_definition(tenant, id, by);
}

std::vector<std::string> Definitions::users_of_method(std::string_view tenant, std::string_view method_id) const {
    std::vector<std::string> out;
    for (const Ptr& d : list(tenant)) {
        for (const auto* actions : {&d->alarm_actions, &d->ok_actions, &d->undetermined_actions}) {
            if (std::find(actions->begin(), actions->end(), method_id) == actions->end()) continue;
            out.push_back(d->name);
            break;
        }
    }
    return out;
}

}  // namespace belfry::alarm
