#include "alarm/rules/alert_book.h"

#include "base/log.h"

namespace belfry::alarm {
namespace {

constexpr std::string_view ALERT_NAME = "alertname";
constexpr std::string_view ALERT_STATE = "alertstate";

int64_t whole_seconds(int64_t ms) {
    return ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
}

struct Seen {
    model::LabelsView labels;
    double value = 0;
};

Result<std::vector<Seen>> rows_of(const promql::QueryResult& result) {
    std::vector<Seen> out;
    if (result.kind == promql::QueryResult::Kind::scalar) {
        out.push_back({.labels = {}, .value = result.scalar});
        return out;
    }
    if (result.kind != promql::QueryResult::Kind::vector)
        return make_error(Code::invalid, "the expression gives neither a vector nor a number");
    for (const promql::ResultSeries& series : result.series) {
        if (!series.samples.empty())
            out.push_back({.labels = series.labels.view(), .value = series.samples.values.back()});
    }
    return out;
}

}  // namespace

/// Alerts whose state changes in one round: what it was before, and the alert as it is now.
struct AlertBook::Touched {
    std::map<std::string, std::pair<AlertState, Alert>> by_key;
    void note(const std::string& key, AlertState from, const Alert& alert) {
        const auto [at, fresh] = by_key.try_emplace(key, from, alert);
        if (!fresh) at->second.second = alert;
    }
    void give(std::vector<std::pair<AlertState, Alert>>& changed) {
        for (auto& [key, change] : by_key)
            if (change.first != change.second.state) changed.push_back(std::move(change));
    }
};

std::string_view to_string(AlertState state) {
    static constexpr std::string_view NAMES[] = {"inactive", "pending", "firing"};
    return NAMES[static_cast<size_t>(state)];
}

void AlertBook::write_samples(const Alert& alert, int64_t time_ms, std::vector<RuleSample>& out) const {
    model::LabelsBuilder labels(alert.labels.view());
    labels.set(model::METRIC_NAME, FOR_STATE_METRIC);
    model::Labels for_state = labels.build();
    labels.set(model::METRIC_NAME, ALERTS_METRIC).set(ALERT_STATE, to_string(alert.state));
    out.push_back({.labels = labels.build(), .time_ms = time_ms, .value = 1, .histogram = nullptr});
    out.push_back({.labels = std::move(for_state),
                   .time_ms = time_ms,
                   .value = static_cast<double>(whole_seconds(alert.active_at_ms)),
                   .histogram = nullptr});
}

Status AlertBook::update(const promql::QueryResult& result,
                         const Round& round,
                         const AlertTextContext& context,
                         std::vector<RuleSample>& samples,
                         std::vector<std::pair<AlertState, Alert>>& changed) {
    const std::vector<Seen> rows = TRY(rows_of(result));
    const templates::Functions functions = rows.empty() ? templates::Functions() : alert_functions(context);
    std::map<std::string, Alert> now;
    for (const Seen& row : rows) {
        const templates::Value data = alert_data(row.labels, row.value, context);
        model::LabelsBuilder labels(row.labels);
        labels.erase(model::METRIC_NAME);
        for (size_t i = 0; i < rule_->labels.size(); ++i)
            labels.set(rule_->labels[i].first, expand_alert_text(*rule_->label_templates[i], data, functions));
        labels.set(ALERT_NAME, rule_->name);
        Alert alert;
        alert.labels = labels.build();
        for (size_t i = 0; i < rule_->annotations.size(); ++i)
            alert.annotations.emplace_back(rule_->annotations[i].first,
                                           expand_alert_text(*rule_->annotation_templates[i], data, functions));
        alert.value = row.value;
        alert.active_at_ms = round.at_ms;
        std::string key = alert.labels.bytes();
        if (!now.emplace(std::move(key), std::move(alert)).second)
            return make_error(Code::internal, "two series have the same labels once the alert's labels are set");
    }
    Touched touched;
    for (auto& [key, alert] : now) {
        const auto known = alerts_.find(key);
        if (known != alerts_.end() && known->second.state != AlertState::inactive) {
            known->second.value = alert.value;
            known->second.annotations = std::move(alert.annotations);
            known->second.keep_firing_since_ms = 0;
            continue;
        }
        touched.note(key, AlertState::inactive, alert);
        alerts_.insert_or_assign(key, std::move(alert));
    }
    uint64_t active = 0;
    for (auto at = alerts_.begin(); at != alerts_.end();) {
        Alert& alert = at->second;
        const AlertState before = alert.state;
        if (now.find(at->first) == now.end()) {
            bool keeps_firing = false;
            if (alert.state == AlertState::firing && rule_->keep_firing_for_ms > 0) {
                if (alert.keep_firing_since_ms == 0) alert.keep_firing_since_ms = round.at_ms;
                keeps_firing = round.at_ms - alert.keep_firing_since_ms < rule_->keep_firing_for_ms;
            }
            if (!keeps_firing) {
                const bool forget =
                    alert.state == AlertState::pending ||
                    (alert.state == AlertState::inactive && round.at_ms - alert.resolved_at_ms > RESOLVED_RETENTION_MS);
                if (alert.state != AlertState::inactive) {
                    alert.state = AlertState::inactive;
                    alert.resolved_at_ms = round.at_ms;
                    touched.note(at->first, before, alert);
                }
                at = forget ? alerts_.erase(at) : std::next(at);
                continue;
            }
        }
        ++active;
        if (alert.state == AlertState::pending && round.at_ms - alert.active_at_ms >= rule_->for_ms) {
            alert.state = AlertState::firing;
            alert.fired_at_ms = round.at_ms;
            touched.note(at->first, before, alert);
        }
        if (round.write_samples) write_samples(alert, round.sample_ms, samples);
        ++at;
    }
    if (round.limit > 0 && active > round.limit) {
        for (auto& [key, alert] : alerts_) {
            const AlertState from = std::exchange(alert.state, AlertState::inactive);
            alert.resolved_at_ms = round.at_ms;
            touched.note(key, from, alert);
        }
        touched.give(changed);
        alerts_.clear();
        samples.clear();
        return make_error(Code::exhausted, "{} alerts, more than the limit of {}", active, round.limit);
    }
    touched.give(changed);
    return {};
}

void AlertBook::restore(const std::vector<StoredForState>& stored,
                        int64_t now_ms,
                        int64_t grace_ms,
                        std::vector<std::pair<AlertState, Alert>>& changed) {
    std::set<std::string> known;
    for (const StoredForState& s : stored) {
        const std::string& key = s.labels.bytes();
        known.insert(key);
        const int64_t left_ms = rule_->for_ms - (s.last_seen_ms - s.active_at_ms);
        const auto found = alerts_.find(key);
        if (found == alerts_.end() || found->second.state == AlertState::inactive) {
            if (left_ms > 0) continue;  // it was pending, and is over
            Alert alert;
            alert.labels = s.labels;
            alert.active_at_ms = s.active_at_ms;
            alert.fired_at_ms = s.active_at_ms + rule_->for_ms;
            const bool keeps_firing = now_ms - s.last_seen_ms < rule_->keep_firing_for_ms;
            alert.state = keeps_firing ? AlertState::firing : AlertState::inactive;
            if (keeps_firing)
                alert.keep_firing_since_ms = s.last_seen_ms;
            else
                alert.resolved_at_ms = now_ms;
            if (!keeps_firing) changed.emplace_back(AlertState::firing, alert);
            alerts_.insert_or_assign(key, std::move(alert));
            continue;
        }
        Alert& alert = found->second;
        if (left_ms <= 0) {
            alert.active_at_ms = s.active_at_ms;
            alert.state = AlertState::firing;
            alert.fired_at_ms = s.active_at_ms + rule_->for_ms;
        } else if (rule_->for_ms >= grace_ms && left_ms < grace_ms) {
            alert.active_at_ms = now_ms + grace_ms - rule_->for_ms;
        } else {
            alert.active_at_ms = s.active_at_ms + (now_ms - s.last_seen_ms);  // the time without us does not count
        }
    }
    for (const auto& [key, alert] : alerts_)
        if (alert.state != AlertState::inactive && known.find(key) == known.end())
            changed.emplace_back(AlertState::inactive, alert);
}

}  // namespace belfry::alarm
