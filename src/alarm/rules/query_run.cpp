#include "alarm/rules/query_run.h"

#include "alarm/rules/query_past.h"
#include "alarm/rules/stats.h"
#include "base/log.h"
#include "query/promql/parser.h"
#include "query/promql/print.h"

namespace belfry::alarm {
namespace {

using model::AlarmEvent;
using model::AlarmState;

constexpr int64_t INTERVAL_MS_MIN = 1'000;
constexpr int QUIET_ROUNDS = 2;  // what the expression reads may itself be made by rules: one more than the first

Result<DefinitionTexts> read_texts(const catalog::AlarmDefinition& definition) {
    DefinitionTexts out;
    for (const auto& [name, text] : definition.labels)
        out.labels.emplace_back(name, TRY(parse_alert_text(text).context("label {}", name)));
    for (const auto& [name, text] : definition.annotations)
        out.annotations.emplace_back(name, TRY(parse_alert_text(text).context("annotation {}", name)));
    return out;
}

model::Dimensions dimensions_of(model::LabelsView labels) {
    model::Dimensions out;
    for (const model::Label& label : labels)
        out.emplace_back(std::string(label.name), std::string(label.value));
    return out;
}

Patience patience_of(const catalog::AlarmDefinition& definition) {
    return {.for_ms = definition.for_ms,
            .keep_firing_for_ms = definition.keep_firing_for_ms,
            .no_data = definition.no_data};
}

AlarmEvent deletion_of(const std::string& id, const std::string& tenant, int64_t at_ms) {
    AlarmEvent out;
    out.kind = AlarmEvent::Kind::deleted;
    out.at_ms = at_ms;
    out.alarm.id = id;
    out.alarm.tenant = tenant;
    return out;
}

}  // namespace

Status check_query_definition(const catalog::AlarmDefinition& definition) {
    TRY(read_condition(definition.expression).context("expression"));
    TRY(read_texts(definition));
    if (definition.interval_ms < INTERVAL_MS_MIN)
        return make_error(Code::invalid, "interval_ms is at least {}", INTERVAL_MS_MIN);
    if (definition.for_ms < 0 || definition.keep_firing_for_ms < 0)
        return make_error(Code::invalid, "for_ms and keep_firing_for_ms are 0 or more");
    return {};
}

Result<std::vector<QueryRow>> rows_of(const promql::QueryResult& result,
                                      const Condition& condition,
                                      const std::vector<std::string>& match_by) {
    std::vector<QueryRow> out;
    if (result.kind == promql::QueryResult::Kind::scalar) {
        if (!std::isnan(result.scalar)) out.push_back({.labels = {}, .value = result.scalar});
        return out;
    }
    if (result.kind != promql::QueryResult::Kind::vector)
        return make_error(Code::invalid, "the expression gives neither a vector nor a number");
    std::map<std::string, size_t> by_labels;
    for (const promql::ResultSeries& series : result.series) {
        if (series.samples.empty() || (condition.split && std::isnan(series.samples.values.back()))) continue;
        const double value = series.samples.values.back();
        model::LabelsBuilder labels;
        if (match_by.empty()) {
            labels.reset(series.labels.view());
            labels.erase(model::METRIC_NAME);
        } else {
            for (const std::string& name : match_by)
                labels.set(name, series.labels.get(name));
        }
        model::Labels key = labels.build();
        const auto [at, fresh] = by_labels.try_emplace(key.bytes(), out.size());
        if (fresh)
            out.push_back({.labels = std::move(key), .value = value});
        else
            out[at->second].value = condition.split ? condition.worse(out[at->second].value, value)
                                                    : std::max(out[at->second].value, value);
    }
    return out;
}

QueryRun::QueryRun(const QueryParts& parts,
                   std::shared_ptr<const catalog::AlarmDefinition> definition,
                   const std::vector<std::shared_ptr<const model::Alarm>>& restored,
                   int64_t quiet_until_ms)
    : parts_(parts),
      definition_(std::move(definition)),
      interval_ms_(std::max(INTERVAL_MS_MIN, definition_->interval_ms)),
      condition_(read_condition(definition_->expression)),
      texts_(read_texts(*definition_)),
      quiet_until_ms_(quiet_until_ms),
      quiet_rounds_(quiet_until_ms > 0 ? QUIET_ROUNDS : 0),
      looks_back_(quiet_until_ms > 0 && definition_->for_ms > 0) {
    for (const auto& alarm : restored) {
        Entry& entry = entries_[alarm->id];
        entry.shown_labels = alarm->labels;
        entry.machine.state = alarm->state;
        entry.told = alarm->state;
        entry.last_value = alarm->value.value_or(0);
        entry.seen_ms = parts_.clock.now_ms();
        entry.created_ms = alarm->created_ms;
        entry.changed_ms = alarm->state_updated_ms;
    }
    publish();
}

QueryRun::~QueryRun() {
    query_alarms_now.add(-counted_);
}

int64_t QueryRun::next_due_ms(int64_t now_ms) const {
    return next_slot_ms(definition_->id, interval_ms_, now_ms);
}

void QueryRun::count_missed(uint64_t count) {
    missed_ += count;
    query_missed.add(count);
}

void QueryRun::stop() {
    stopped_.store(true);
    const std::lock_guard lock(view_mutex_);
    if (budget_) budget_->cancel();
}

Result<promql::QueryResult> QueryRun::ask(const promql::Expr& expr, std::string_view text, int64_t time_ms) {
    return with_budget([&](const promql::QueryOptions& options, query::Budget& budget) {
        return parts_.engine.run_instant(expr, text, time_ms, options, budget);
    });
}

Result<promql::QueryResult> QueryRun::with_budget(
    const std::function<Result<promql::QueryResult>(const promql::QueryOptions&, query::Budget&)>& run) {
    query::BudgetLimits limits = parts_.limits;
    const int64_t wall_ms = parts_.rules.wall_ms_max;
    limits.wall_ms_max = limits.wall_ms_max == 0 ? wall_ms : std::min(limits.wall_ms_max, wall_ms);
    query::Budget budget(limits, parts_.clock);
    {
        const std::lock_guard lock(view_mutex_);
        budget_ = &budget;
    }
    if (stopped_.load()) budget.cancel();
    promql::QueryOptions options;
    options.tenant = definition_->tenant;
    options.default_step_ms = interval_ms_;
    auto result = run(options, budget);
    const std::lock_guard lock(view_mutex_);
    budget_ = nullptr;
    return result;
}

AlertTextContext QueryRun::context(int64_t at_ms) {
    return {.query = [this, at_ms](std::string_view text) -> Result<promql::QueryResult> {
                const promql::ExprPtr expr = TRY(promql::parse(text));
                return ask(*expr, text, at_ms);
            },
            .external_labels = {},
            .external_url = parts_.external_url,
            .now_ms = at_ms};
}

Status QueryRun::see(int64_t at_ms) {
    if (!condition_.ok()) return condition_.error();
    const Condition& condition = *condition_;
    const promql::QueryResult result = TRY(ask(condition.asked(), condition.asked_text(), at_ms));
    if (result.series.size() > parts_.config.definition_alarms_max && definition_->match_by.empty())
        return make_error(Code::exhausted, "{} series, more than the limit of {} (alarm.definition_alarms_max)",
                          result.series.size(), parts_.config.definition_alarms_max);
    const std::vector<QueryRow> rows = TRY(rows_of(result, condition, definition_->match_by));
    if (rows.size() > parts_.config.definition_alarms_max)
        return make_error(Code::exhausted, "{} alarms, more than the limit of {} (alarm.definition_alarms_max)",
                          rows.size(), parts_.config.definition_alarms_max);
    const Patience patience = patience_of(*definition_);
    for (const QueryRow& row : rows) {
        const std::string id = stable_uuid({definition_->tenant, definition_->id, row.labels.bytes()});
        const auto [at, fresh] = entries_.try_emplace(id);
        Entry& entry = at->second;
        if (fresh) {
            entry.created_ms = at_ms;
            entry.changed_ms = at_ms;
        }
        if (fresh || entry.labels != row.labels) {
            entry.labels = row.labels;
            entry.shown_labels.clear();
        }
        entry.value = row.value;
        entry.last_value = row.value;
        entry.seen_ms = at_ms;
        entry.machine.see(!condition.split || condition.breaches(row.value) ? Seen::bad : Seen::good, at_ms, patience);
    }
    std::vector<AlarmEvent> gone;
    for (auto at = entries_.begin(); at != entries_.end();) {
        Entry& entry = at->second;
        if (entry.seen_ms == at_ms && entry.value) {
            ++at;
            continue;
        }
        entry.value.reset();
        entry.machine.see(condition.split ? Seen::nothing : Seen::good, at_ms, patience);
        const bool unknown_to_all = !condition.split && !entry.told && entry.machine.state != AlarmState::alarm;
        const bool quiet = quiet_rounds_ > 0 || at_ms < quiet_until_ms_;
        const bool forget = !quiet && (expression_changed_ || at_ms - entry.seen_ms > parts_.config.forget_ms);
        if (!unknown_to_all && !forget) {
            ++at;
            continue;
        }
        if (entry.told) gone.push_back(deletion_of(at->first, definition_->tenant, at_ms));
        at = entries_.erase(at);
    }
    if (entries_.size() > parts_.config.definition_alarms_max) {
        // of series that come and go all the time those that are gone the longest make room
        std::vector<std::pair<int64_t, std::string>> vanished;
        for (const auto& [id, entry] : entries_)
            if (!entry.value) vanished.emplace_back(entry.seen_ms, id);
        std::sort(vanished.begin(), vanished.end());
        for (const auto& [seen_ms, id] : vanished) {
            if (entries_.size() <= parts_.config.definition_alarms_max) break;
            if (entries_.at(id).told) gone.push_back(deletion_of(id, definition_->tenant, at_ms));
            entries_.erase(id);
        }
    }
    expression_changed_ = false;
    parts_.outbox.put(std::move(gone));
    return {};
}

// After a start: an alarm that was bad before it does not wait anew.
void QueryRun::look_back(int64_t at_ms) {
    looks_back_ = false;
    if (!condition_.ok()) return;
    PastQuestion question{
        .definition = *definition_, .condition = *condition_, .step_ms = interval_ms_, .at_ms = at_ms, .bad = {}};
    for (const auto& [id, entry] : entries_)
        if (entry.value && entry.machine.bad_since_ms > 0 && entry.machine.state != AlarmState::alarm)
            question.bad.insert(entry.labels.bytes());
    if (question.bad.empty()) return;
    const auto since = bad_since(question, [&](const promql::QueryRange& range) {
        return with_budget([&](const promql::QueryOptions& options, query::Budget& budget) {
            return parts_.engine.run_range(condition_->asked(), condition_->asked_text(), range, options, budget);
        });
    });
    if (!since.ok()) {
        log_warn("alarm", "since when an alarm has been pending could not be read, it waits from now on",
                 {{"definition", definition_->name}, {"error", since.error().message}});
        return;
    }
    const Patience patience = patience_of(*definition_);
    for (auto& [id, entry] : entries_) {
        const auto found = since->find(entry.labels.bytes());
        if (found == since->end() || entry.machine.state == AlarmState::alarm) continue;
        entry.machine.bad_since_ms = std::min(entry.machine.bad_since_ms, found->second);
        entry.machine.see(Seen::bad, at_ms, patience);
    }
}

std::string QueryRun::reason_of(const Entry& entry) const {
    const Condition& condition = *condition_;
    const AlarmState state = entry.machine.state;
    if (state == AlarmState::undetermined) return fmt::format("There is no value of {}", condition.asked_text());
    const std::string waited =
        definition_->for_ms > 0 ? " for " + promql::print_duration_ms(definition_->for_ms) : std::string();
    if (!condition.split) {
        return state == AlarmState::alarm
                   ? fmt::format("The expression gives {:.10g}{}: {}", entry.last_value, waited, condition.text)
                   : fmt::format("The expression gives nothing: {}", condition.text);
    }
    if (!entry.value) return fmt::format("There is no value of {}", condition.value_text);
    const bool bad = condition.breaches(*entry.value);
    if (state == AlarmState::alarm)
        return fmt::format("{} is {:.10g}, {} {:.10g}{}", condition.value_text, *entry.value,
                           promql::to_string(condition.op), condition.threshold, waited);
    return fmt::format("{} is {:.10g}, {}{} {:.10g}{}", condition.value_text, *entry.value, bad ? "" : "not ",
                       promql::to_string(condition.op), condition.threshold,
                       bad ? ", but not yet" + waited : std::string());
}

model::Alarm QueryRun::alarm_of(const std::string& id, const Entry& entry, int64_t at_ms) {
    model::Alarm out;
    out.id = id;
    out.tenant = definition_->tenant;
    out.source = model::AlarmSource::query;
    out.definition_id = definition_->id;
    out.name = definition_->name;
    out.description = definition_->description;
    out.severity = definition_->severity;
    out.labels = entry.shown_labels;
    if (texts_.ok() && !texts_->annotations.empty()) {
        const AlertTextContext text_context = context(at_ms);
        const templates::Functions functions = alert_functions(text_context);
        const templates::Value data = alert_data(entry.labels.view(), entry.last_value, text_context);
        for (const auto& [name, text] : texts_->annotations)
            out.annotations.emplace_back(name, expand_alert_text(text, data, functions));
    }
    out.state = entry.machine.state;
    out.reason = reason_of(entry);
    out.value = entry.value;
    out.state_updated_ms = entry.changed_ms;
    out.created_ms = entry.created_ms;
    out.updated_ms = at_ms;
    out.actions_enabled = definition_->actions_enabled;
    return out;
}

// Events for every alarm whose state is not the one that was told last.
void QueryRun::tell(int64_t at_ms) {
    if (quiet_rounds_ > 0) --quiet_rounds_;
    if (quiet_rounds_ > 0 || at_ms < quiet_until_ms_) return;
    if (looks_back_) look_back(at_ms);
    const StoredAlarms& stored = parts_.outbox.stored();
    const bool store_is_current = stored.find && parts_.outbox.settled();
    std::vector<AlarmEvent> events;
    for (auto& [id, entry] : entries_) {
        if (store_is_current && entry.told) {
            // somebody deleted the alarm, or set its state by hand: until now
            const auto now = stored.find(definition_->tenant, id);
            entry.told = now ? std::optional(now->state) : std::nullopt;
        }
        const AlarmState state = entry.machine.state;
        if (entry.told && *entry.told == state && !texts_changed_) continue;
        if (!entry.told && !condition_->split && state != AlarmState::alarm) continue;
        if (entry.shown_labels.empty() || texts_changed_) {
            model::LabelsBuilder labels(entry.labels.view());
            if (texts_.ok() && !texts_->labels.empty()) {
                const AlertTextContext text_context = context(at_ms);
                const templates::Functions functions = alert_functions(text_context);
                const templates::Value data = alert_data(entry.labels.view(), entry.last_value, text_context);
                for (const auto& [name, text] : texts_->labels)
                    labels.set(name, expand_alert_text(text, data, functions));
            }
            entry.shown_labels = dimensions_of(labels.build().view());
        }
        const bool same = entry.told && *entry.told == state;
        if (entry.told && !same) entry.changed_ms = at_ms;
        model::Alarm alarm = alarm_of(id, entry, at_ms);
        AlarmEvent event;
        event.at_ms = at_ms;
        if (!entry.told) {
            event.kind = AlarmEvent::Kind::created;
            event.alarm = alarm;
            if (state == AlarmState::alarm) {
                event.alarm.state = AlarmState::ok;
                event.alarm.reason.clear();
            }
            events.push_back(event);
            entry.told = event.alarm.state;
        }
        if (same || *entry.told != state) {
            event.kind = same ? AlarmEvent::Kind::changed : AlarmEvent::Kind::transition;
            event.old_state = *entry.told;
            event.alarm = std::move(alarm);
            events.push_back(std::move(event));
        }
        entry.told = state;
    }
    texts_changed_ = false;
    parts_.outbox.put(std::move(events));
}

void QueryRun::evaluate(int64_t at_ms) {
    if (stopped_.load()) return;
    const int64_t start_ns = parts_.clock.monotonic_ns();
    const Status done = see(at_ms);
    if (stopped_.load()) return;
    if (done.ok()) tell(at_ms);
    const int64_t took_ns = parts_.clock.monotonic_ns() - start_ns;
    query_evaluations.add();
    query_duration.observe_ns(took_ns);
    evaluated_ms_ = at_ms;
    duration_s_ = static_cast<double>(took_ns) / 1e9;
    if (done.ok() && texts_.ok()) {
        health_ = Health::good;
        last_error_.clear();
    } else {
        query_failures.add();
        health_ = Health::bad;
        last_error_ = done.ok() ? texts_.error().message : done.error().message;
    }
    publish();
}

void QueryRun::take_over(QueryRun& before) {
    entries_ = std::move(before.entries_);
    quiet_until_ms_ = before.quiet_until_ms_;
    quiet_rounds_ = before.quiet_rounds_;
    looks_back_ = before.looks_back_ && definition_->for_ms > 0;
    missed_ = before.missed_;
    expression_changed_ = before.expression_changed_ || definition_->expression != before.definition_->expression ||
                          definition_->match_by != before.definition_->match_by;
    texts_changed_ = true;
    publish();
}

void QueryRun::end(int64_t at_ms) {
    std::vector<AlarmEvent> events;
    const StoredAlarms& stored = parts_.outbox.stored();
    const bool store_is_current = stored.find && parts_.outbox.settled();
    for (const auto& [id, entry] : entries_) {
        if (!entry.told || (store_is_current && !stored.find(definition_->tenant, id))) continue;
        events.push_back(deletion_of(id, definition_->tenant, at_ms));
    }
    entries_.clear();
    parts_.outbox.put(std::move(events));
    publish();
}

void QueryRun::publish() {
    auto view = std::make_shared<QueryView>();
    view->definition = definition_;
    view->health = health_;
    view->last_error = last_error_;
    view->evaluated_ms = evaluated_ms_;
    view->duration_s = duration_s_;
    view->missed = missed_;
    view->alarms = entries_.size();
    for (const auto& [id, entry] : entries_)
        if (entry.value) view->values.emplace_hint(view->values.end(), id, *entry.value);
    const auto count = static_cast<double>(entries_.size());
    query_alarms_now.add(count - std::exchange(counted_, count));
    const std::lock_guard lock(view_mutex_);
    view_ = std::move(view);
}

std::shared_ptr<const QueryView> QueryRun::view() const {
    const std::lock_guard lock(view_mutex_);
    return view_;
}

}  // namespace belfry::alarm
