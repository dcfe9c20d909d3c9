#include "alarm/rules/group_run.h"

#include "alarm/rules/stats.h"
#include "base/log.h"
#include "query/promql/parser.h"

namespace belfry::alarm {
namespace {

constexpr int RESTORE_ROUNDS = 2;  // what alerts depend on may itself be recorded: one round more than the first

// The names an expression reads; false when it may read any.
bool names_read(const promql::Expr& expr, std::set<std::string>& names) {
    if (const auto* selector = promql::try_as<promql::VectorSelector>(expr)) {
        const model::Matcher* name = nullptr;
        for (const model::Matcher& m : selector->matchers)
            if (m.name() == model::METRIC_NAME) name = &m;
        if (!name || name->literals().empty()) return false;
        names.insert(name->literals().begin(), name->literals().end());
    }
    const auto* call = promql::try_as<promql::Call>(expr);
    if (call && call->function->name == "info") return false;  // reads target_info and what it is told at run time
    for (const promql::Expr* child : promql::children(expr))
        if (!names_read(*child, names)) return false;
    return true;
}

Pairs parse_pairs(const std::vector<std::string>& texts) {
    Pairs out;
    for (const std::string& text : texts) {
        const size_t at = text.find('=');
        if (at != std::string::npos) out.emplace_back(text.substr(0, at), text.substr(at + 1));
    }
    std::sort(out.begin(), out.end());
    return out;
}

}  // namespace

AlertState RuleView::state() const {
    AlertState out = AlertState::inactive;
    for (const Alert& alert : alerts)
        out = std::max(out, alert.state);
    return out;
}

struct GroupRun::Gauges {
    explicit Gauges(const std::string& key)
        : interval("belfry_rule_group_interval_seconds",
                   "Time between two evaluations of the group.",
                   {{"rule_group", key}}),
          rules("belfry_rule_group_rules", "Rules of the group.", {{"rule_group", key}}),
          duration(
              "belfry_rule_group_last_duration_seconds", "How long the last evaluation took.", {{"rule_group", key}}),
          evaluated("belfry_rule_group_last_evaluation_timestamp_seconds",
                    "When the group was evaluated last.",
                    {{"rule_group", key}}),
          samples(
              "belfry_rule_group_last_evaluation_samples", "Samples the last evaluation gave.", {{"rule_group", key}}) {
    }
    Gauge interval;
    Gauge rules;
    Gauge duration;
    Gauge evaluated;
    Gauge samples;
};

struct GroupRun::Pending {
    struct Entry {
        RuleRun* run;
        std::vector<RuleSample> samples;
        std::vector<std::pair<AlertState, Alert>> changed;
    };
    std::vector<Entry> entries;
    std::set<std::string> names;  // that the samples have
};

GroupRun::GroupRun(const RuleParts& parts, std::shared_ptr<const RuleGroup> group, bool restores)
    : parts_(parts),
      group_(std::move(group)),
      interval_ms_(group_->interval_ms > 0 ? group_->interval_ms : parts.config.interval_ms),
      external_labels_(parse_pairs(parts.config.external_labels)),
      gauges_(std::make_unique<Gauges>(group_->key())) {
    for (const auto& rule : group_->rules) {
        RuleRun& run = rules_.emplace_back();
        run.rule = rule;
        run.reads_anything = !names_read(*rule->expr, run.reads);
        if (!rule->alerting) continue;
        run.book.emplace(rule);
        if (restores) rounds_to_restore_ = RESTORE_ROUNDS;
        const auto asks = [](const auto& pair) { return pair.second.find("query") != std::string::npos; };
        run.reads_anything = run.reads_anything ||
                             std::any_of(rule->annotations.begin(), rule->annotations.end(), asks) ||
                             std::any_of(rule->labels.begin(), rule->labels.end(), asks);
    }
    gauges_->interval.set(static_cast<double>(interval_ms_) / 1e3);
    gauges_->rules.set(static_cast<double>(rules_.size()));
    publish();
}

GroupRun::~GroupRun() {
    count_alerts(0, 0);
}

void GroupRun::count_alerts(double pending, double firing) {
    alerts_pending.add(pending - std::exchange(pending_counted_, pending));
    alerts_firing.add(firing - std::exchange(firing_counted_, firing));
}

int64_t GroupRun::next_due_ms(int64_t now_ms) const {
    return next_slot_ms(group_->key(), interval_ms_, now_ms);
}

Result<promql::QueryResult> GroupRun::ask(const promql::Expr& expr, std::string_view text, int64_t time_ms) {
    query::BudgetLimits limits = parts_.limits;
    limits.wall_ms_max =
        limits.wall_ms_max == 0 ? parts_.config.wall_ms_max : std::min(limits.wall_ms_max, parts_.config.wall_ms_max);
    query::Budget budget(limits, parts_.clock);
    {
        const std::lock_guard lock(view_mutex_);
        budget_ = &budget;
    }
    if (stopped_.load()) budget.cancel();
    promql::QueryOptions options;
    options.tenant = parts_.config.tenant;
    options.default_step_ms = parts_.config.interval_ms;
    auto result = parts_.engine.run_instant(expr, text, time_ms, options, budget);
    const std::lock_guard lock(view_mutex_);
    budget_ = nullptr;
    return result;
}

void GroupRun::stop() {
    stopped_.store(true);
    const std::lock_guard lock(view_mutex_);
    if (budget_) budget_->cancel();
}

Status GroupRun::record(RuleRun& run,
                        promql::QueryResult& result,
                        int64_t sample_ms,
                        std::vector<RuleSample>& samples) const {
    if (result.kind == promql::QueryResult::Kind::scalar) {
        promql::ResultSeries series;
        series.samples.times_ms = {sample_ms};
        series.samples.values = {result.scalar};
        result.series.push_back(std::move(series));
    } else if (result.kind != promql::QueryResult::Kind::vector) {
        return make_error(Code::invalid, "the expression gives neither a vector nor a number");
    }
    if (group_->limit > 0 && result.series.size() > group_->limit)
        return make_error(Code::exhausted, "{} series, more than the limit of {}", result.series.size(), group_->limit);
    std::set<std::string> seen;
    for (promql::ResultSeries& series : result.series) {
        if (series.samples.empty()) continue;
        model::LabelsBuilder labels(series.labels.view());
        labels.set(model::METRIC_NAME, run.rule->name);
        for (const auto& [name, value] : run.rule->labels)
            labels.set(name, value);
        RuleSample sample{.labels = labels.build(),
                          .time_ms = sample_ms,
                          .value = series.samples.values.back(),
                          .histogram = nullptr};
        if (!series.samples.histograms.empty()) sample.histogram = series.samples.histograms.back();
        if (!seen.insert(sample.labels.bytes()).second)
            return make_error(Code::internal, "two series have the same labels once the rule's labels are set");
        samples.push_back(std::move(sample));
    }
    return {};
}

Status GroupRun::evaluate_rule(RuleRun& run,
                               int64_t at_ms,
                               std::vector<RuleSample>& samples,
                               std::vector<std::pair<AlertState, Alert>>& changed) {
    const int64_t sample_ms = at_ms - offset_ms();
    promql::QueryResult result = TRY(ask(*run.rule->expr, run.rule->expr_text, sample_ms));
    if (!run.book) return record(run, result, sample_ms, samples);
    if (result.series.size() > parts_.config.alerts_max)
        return make_error(Code::exhausted, "{} alerts, more than the limit of {} (rules.alerts_max)",
                          result.series.size(), parts_.config.alerts_max);
    const AlertTextContext context{.query = [this, sample_ms](std::string_view text) -> Result<promql::QueryResult> {
                                       const promql::ExprPtr expr = TRY(promql::parse(text));
                                       return ask(*expr, text, sample_ms);
                                   },
                                   .external_labels = external_labels_,
                                   .external_url = parts_.external_url,
                                   .now_ms = at_ms};
    return run.book->update(
        result,
        {.at_ms = at_ms, .sample_ms = sample_ms, .limit = group_->limit, .write_samples = rounds_to_restore_ == 0},
        context, samples, changed);
}

Transition GroupRun::transition_of(const RuleRun& run, AlertState from, int64_t at_ms, Alert alert) const {
    const AlertState to = alert.state;
    return {.tenant = parts_.config.tenant,
            .file = group_->file,
            .group = group_->name,
            .rule = run.rule->name,
            .expression = run.rule->expr_text,
            .from = from,
            .to = to,
            .at_ms = at_ms,
            .alert = std::move(alert)};
}

void GroupRun::tell(const RuleRun& run, int64_t at_ms, std::vector<std::pair<AlertState, Alert>>& changed) {
    if (changed.empty()) return;
    std::vector<Transition> out;
    for (auto& [from, alert] : changed) {
        transitions_total.at({std::string(to_string(alert.state))}).add();
        out.push_back(transition_of(run, from, at_ms, std::move(alert)));
    }
    changed.clear();
    if (parts_.changed) parts_.changed(out);
}

// One write for all samples that wait, with the stale markers of the series that are no longer there.
void GroupRun::flush(Pending& pending, int64_t at_ms) {
    const int64_t sample_ms = at_ms - offset_ms();
    std::vector<RuleSample> all;
    for (const std::string& bytes : ended_)
        all.push_back({.labels = model::Labels(model::LabelsView(bytes)),
                       .time_ms = sample_ms,
                       .value = model::stale_nan(),
                       .histogram = nullptr});
    std::vector<std::set<std::string>> written(pending.entries.size());
    for (size_t i = 0; i < pending.entries.size(); ++i) {
        for (RuleSample& sample : pending.entries[i].samples) {
            written[i].insert(sample.labels.bytes());
            all.push_back(std::move(sample));
        }
        for (const std::string& bytes : pending.entries[i].run->written) {
            if (written[i].find(bytes) == written[i].end())
                all.push_back({.labels = model::Labels(model::LabelsView(bytes)),
                               .time_ms = sample_ms,
                               .value = model::stale_nan(),
                               .histogram = nullptr});
        }
    }
    std::string failure;
    if (!all.empty()) {
        const Result<SinkOutcome> outcome = parts_.write(parts_.config.tenant, all);
        if (!outcome.ok())
            failure = "writing failed: " + outcome.error().message;
        else if (outcome->refused > 0) {
            samples_refused_of_rules.add(outcome->refused);
            failure = fmt::format("{} samples were refused: {}", outcome->refused, outcome->first_message);
        }
    }
    if (failure.empty()) ended_.clear();
    for (size_t i = 0; i < pending.entries.size(); ++i) {
        RuleRun& run = *pending.entries[i].run;
        // after a failed write the markers are still owed, too
        if (failure.empty())
            run.written = std::move(written[i]);
        else
            run.written.merge(written[i]);
        if (!failure.empty() && run.samples > 0) {
            run.health = Health::bad;
            run.last_error = failure;
            rule_failures.add();
        }
        if (rounds_to_restore_ == 0) tell(run, at_ms, pending.entries[i].changed);
    }
    pending = {};
}

void GroupRun::evaluate(int64_t at_ms) {
    if (stopped_.load()) return;
    group_iterations.add();
    const int64_t start_ns = parts_.clock.monotonic_ns();
    Pending pending;
    uint64_t samples_total = 0;
    for (RuleRun& run : rules_) {
        if (stopped_.load()) break;
        const bool depends =
            run.reads_anything || std::any_of(run.reads.begin(), run.reads.end(),
                                              [&](const std::string& name) { return pending.names.count(name) > 0; });
        if (depends && !pending.entries.empty()) flush(pending, at_ms);
        const int64_t rule_ns = parts_.clock.monotonic_ns();
        Pending::Entry entry{.run = &run, .samples = {}, .changed = {}};
        const Status done = evaluate_rule(run, at_ms, entry.samples, entry.changed);
        if (!done.ok() && stopped_.load()) break;
        const int64_t took_ns = parts_.clock.monotonic_ns() - rule_ns;
        rule_evaluations.add();
        rule_duration.observe_ns(took_ns);
        run.evaluated_ms = at_ms;
        run.duration_s = static_cast<double>(took_ns) / 1e9;
        run.samples = entry.samples.size();
        samples_total += run.samples;
        if (!done.ok()) {
            rule_failures.add();
            run.health = Health::bad;
            run.last_error = done.error().message;
            if (rounds_to_restore_ == 0) tell(run, at_ms, entry.changed);
            continue;  // its series are not ended: nobody knows whether they are
        }
        run.health = Health::good;
        run.last_error.clear();
        if (run.book) {
            pending.names.insert({std::string(ALERTS_METRIC), std::string(FOR_STATE_METRIC)});
        } else {
            pending.names.insert(run.rule->name);
        }
        pending.entries.push_back(std::move(entry));
    }
    flush(pending, at_ms);
    if (rounds_to_restore_ > 0 && --rounds_to_restore_ == 0) restore(at_ms);
    if (rounds_to_restore_ == 0 && !settled_) settle(at_ms);
    evaluated_ms_ = at_ms;
    duration_s_ = static_cast<double>(parts_.clock.monotonic_ns() - start_ns) / 1e9;
    gauges_->duration.set(duration_s_);
    gauges_->evaluated.set(static_cast<double>(at_ms) / 1e3);
    gauges_->samples.set(static_cast<double>(samples_total));
    publish();
}

void GroupRun::count_missed(uint64_t count) {
    missed_ += count;
    group_missed.add(count);
    group_iterations.add(count);
}

void GroupRun::take_over(GroupRun& before) {
    std::vector<bool> used(before.rules_.size());
    for (RuleRun& run : rules_) {
        for (size_t i = 0; i < before.rules_.size(); ++i) {
            RuleRun& old = before.rules_[i];
            if (used[i] || old.rule->name != run.rule->name || old.rule->labels != run.rule->labels ||
                old.rule->alerting != run.rule->alerting)
                continue;
            used[i] = true;
            run.written = old.written;
            if (run.book) run.book->take_over(*old.book);
            run.health = old.health;
            run.last_error = old.last_error;
            run.evaluated_ms = old.evaluated_ms;
            run.duration_s = old.duration_s;
            break;
        }
    }
    for (size_t i = 0; i < before.rules_.size(); ++i)
        if (!used[i]) ended_.insert(before.rules_[i].written.begin(), before.rules_[i].written.end());
    ended_.insert(before.ended_.begin(), before.ended_.end());
    rounds_to_restore_ = before.rounds_to_restore_;
    evaluated_ms_ = before.evaluated_ms_;
    duration_s_ = before.duration_s_;
    missed_ = before.missed_;
    publish();
}

void GroupRun::end_series(int64_t at_ms) {
    for (RuleRun& run : rules_) {
        ended_.insert(run.written.begin(), run.written.end());
        run.written.clear();
    }
    Pending nothing;
    flush(nothing, at_ms);
}

Result<std::vector<StoredForState>> GroupRun::stored_states(const Rule& rule, int64_t at_ms) {
    query::Budget budget(parts_.limits, parts_.clock);
    model::Matchers matchers;
    matchers.push_back(TRY(model::Matcher::make(model::Matcher::Op::equal, std::string(model::METRIC_NAME),
                                                std::string(FOR_STATE_METRIC))));
    matchers.push_back(TRY(model::Matcher::make(model::Matcher::Op::equal, "alertname", rule.name)));
    for (size_t i = 0; i < rule.labels.size(); ++i) {
        const auto& [name, value] = rule.labels[i];
        if (value.empty() || value.find("{{") != std::string::npos) continue;
        matchers.push_back(TRY(model::Matcher::make(model::Matcher::Op::equal, name, value)));
    }
    const model::TimeRange range{.from_ms = at_ms - parts_.config.outage_ms, .to_ms = at_ms + 1};
    const auto set = TRY(parts_.source.select(parts_.config.tenant, matchers, range, budget));
    std::vector<StoredForState> out;
    model::SampleColumns samples;
    for (size_t i = 0; i < set->series().size(); ++i) {
        TRY(set->read_newest(i, range, true, samples, budget));
        if (samples.empty() || model::is_stale(samples.values.back()) || !std::isfinite(samples.values.back()))
            continue;
        model::LabelsBuilder labels(set->series()[i].labels);
        labels.erase(model::METRIC_NAME);
        out.push_back({.labels = labels.build(),
                       .last_seen_ms = samples.times_ms.back(),
                       .active_at_ms = static_cast<int64_t>(samples.values.back() * 1e3)});
    }
    return out;
}

void GroupRun::restore(int64_t at_ms) {
    for (RuleRun& run : rules_) {
        if (!run.book) continue;
        const Result<std::vector<StoredForState>> stored = stored_states(*run.rule, at_ms);
        if (!stored.ok())
            log_warn("alarm", "the states of an alert before the restart could not be read",
                     {{"rule", run.rule->name}, {"error", stored.error().message}});
        std::vector<std::pair<AlertState, Alert>> changed;
        run.book->restore(stored.ok() ? *stored : std::vector<StoredForState>(), at_ms, parts_.config.grace_ms,
                          changed);
        if (stored.ok()) {
            // series of the earlier run that do not go on are ended by the next evaluation
            for (const StoredForState& s : *stored) {
                model::LabelsBuilder labels(s.labels.view());
                labels.set(model::METRIC_NAME, FOR_STATE_METRIC);
                run.written.insert(labels.build().bytes());
                labels.set(model::METRIC_NAME, ALERTS_METRIC);
                for (const std::string_view state : {"pending", "firing"})
                    if ((s.last_seen_ms - s.active_at_ms >= run.rule->for_ms) == (state == "firing"))
                        run.written.insert(labels.set("alertstate", state).build().bytes());
            }
        }
        tell(run, at_ms, changed);
    }
}

void GroupRun::settle(int64_t at_ms) {
    settled_ = true;
    if (!parts_.settled) return;
    std::vector<Transition> firing;
    for (const RuleRun& run : rules_) {
        if (!run.book) continue;
        for (const auto& [key, alert] : run.book->alerts())
            if (alert.state == AlertState::firing)
                firing.push_back(transition_of(run, AlertState::firing, at_ms, alert));
    }
    parts_.settled(parts_.config.tenant, *group_, firing);
}

void GroupRun::publish() {
    double pending = 0;
    double firing = 0;
    auto view = std::make_shared<GroupView>();
    view->group = group_;
    view->tenant = parts_.config.tenant;
    view->interval_ms = interval_ms_;
    view->evaluated_ms = evaluated_ms_;
    view->duration_s = duration_s_;
    view->missed = missed_;
    for (const RuleRun& run : rules_) {
        RuleView& rule = view->rules.emplace_back();
        rule.rule = run.rule;
        rule.health = run.health;
        rule.last_error = run.last_error;
        rule.evaluated_ms = run.evaluated_ms;
        rule.duration_s = run.duration_s;
        rule.samples = run.samples;
        if (!run.book) continue;
        for (const auto& [key, alert] : run.book->alerts())
            if (alert.state != AlertState::inactive) {
                rule.alerts.push_back(alert);
                (alert.state == AlertState::firing ? firing : pending) += 1;
            }
        std::stable_sort(rule.alerts.begin(), rule.alerts.end(),
                         [](const Alert& a, const Alert& b) { return a.state > b.state; });
    }
    count_alerts(pending, firing);
    const std::lock_guard lock(view_mutex_);
    view_ = std::move(view);
}

std::shared_ptr<const GroupView> GroupRun::view() const {
    const std::lock_guard lock(view_mutex_);
    return view_;
}

}  // namespace belfry::alarm
