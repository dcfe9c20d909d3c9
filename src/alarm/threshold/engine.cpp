#include "alarm/threshold/engine.h"

#include "alarm/threshold/stats.h"
#include "base/json.h"

#include <algorithm>
#include <cmath>

namespace belfry::alarm {
namespace {

using model::AlarmState;

constexpr int64_t DAY_MS = 86'400'000;

int64_t seconds(int64_t ms) {
    return ms / 1'000 - (ms % 1'000 < 0 ? 1 : 0);
}

}  // namespace

ThresholdEngine::ThresholdEngine(Parts parts) : parts_(std::move(parts)) {}

ThresholdEngine::~ThresholdEngine() = default;

// ---- samples

void ThresholdEngine::apply(const model::MetricBatch& batch, int64_t logged_ms, const LabelsOf& labels_of) {
    advance(logged_ms);
    if (candidates_.empty() || batch.ids.empty()) return;
    // Ids that are new here: most come with their labels, the others were logged before the engine's position.
    std::unordered_map<model::HeadId, size_t> brought;
    for (size_t i = 0; i < batch.series.size(); ++i)
        brought[batch.series[i].id] = i;
    std::vector<model::HeadId> unknown;
    for (const model::HeadId id : batch.ids) {
        HeadTable::Head& head = heads_.find(id);
        if (head.known) continue;
        if (const auto found = brought.find(id); found != brought.end())
            resolve(id, batch.labels(batch.series[found->second]));
        else
            unknown.push_back(id);
    }
    if (!unknown.empty()) {
        std::sort(unknown.begin(), unknown.end());
        unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
        labels_of(unknown, [&](size_t i, std::string_view labels) {
            if (!labels.empty()) resolve(unknown[i], model::LabelsView(labels));
        });
    }
    size_t next_histogram = 0;
    uint64_t fed = 0;
    uint64_t lost = 0;
    for (size_t row = 0; row < batch.ids.size(); ++row) {
        if (next_histogram < batch.histogram_rows.size() && batch.histogram_rows[next_histogram] == row) {
            ++next_histogram;  // an expression compares numbers
            continue;
        }
        const HeadTable::Head& head = heads_.find(batch.ids[row]);
        if (head.count == 0) {
            lost += head.known ? 0 : 1;
            continue;
        }
        const double value = batch.values[row];
        if (std::isnan(value)) continue;  // also the mark of a series that ended
        const int64_t time_ms = batch.times_ms[batch.time_index[row]];
        ++fed;
        if (head.count == 1 && head.route < HeadTable::WAITING) {
            feed(head.route, time_ms, value);
            continue;
        }
        const auto targets = heads_.targets(head);
        // a waiting metric may complete an alarm and so change the list
        const std::vector<uint32_t> copy(targets.begin(), targets.end());
        for (const uint32_t target : copy) {
            if (target < HeadTable::WAITING)
                feed(target, time_ms, value);
            else
                feed_waiting(target & ~HeadTable::WAITING, time_ms, value);
        }
    }
    threshold_samples.add(fed);
    if (lost > 0) threshold_unknown_series.add(lost);
    combine_marked();
}

void ThresholdEngine::feed(uint32_t window, int64_t time_ms, double value) {
    const Window& w = windows_.at(window);
    if (w.alarm == NONE) return;
    // A value from the future would hold `last` for ever; windows have their own end.
    if (w.plan->last && time_ms > now_ms_ + (w.plan->slots - 1) * w.plan->sub.period_s * 1'000) return;
    if (windows_.add(window, time_ms, value)) mark(w.alarm);
}

// ---- time

void ThresholdEngine::advance(int64_t now_ms) {
    if (now_ms > now_ms_) now_ms_ = now_ms;
    if (!inactive_.empty()) activate_due();
    const int64_t now_s = seconds(now_ms_);
    while (!wheel_.empty() && wheel_.begin()->first <= now_s) {
        const auto due = wheel_.extract(wheel_.begin());
        judge_due(due.key(), due.mapped());
        combine_marked();
    }
    if (heads_aged_ms_ == 0) heads_aged_ms_ = now_ms_;
    if (now_ms_ - heads_aged_ms_ >= DAY_MS) {
        heads_.age();
        heads_aged_ms_ = now_ms_;
    }
}

void ThresholdEngine::schedule(uint32_t window) {
    const Window& w = windows_.at(window);
    if (w.plan->last) return;
    // "now > end + delay" in whole seconds
    wheel_[seconds(w.view_end_s * 1'000 + parts_.config.delay_ms) + 1].push_back(window);
}

void ThresholdEngine::judge_due(int64_t due_s, const std::vector<uint32_t>& due) {
    uint64_t judged = 0;
    for (const uint32_t place : due) {
        const Window& w = windows_.at(place);
        if (w.alarm == NONE || w.plan->last) continue;
        // an entry of a window that was flushed or whose place has another alarm now
        if (seconds(w.view_end_s * 1'000 + parts_.config.delay_ms) + 1 != due_s) continue;
        ++judged;
        const bool count_gaps =
            watching_since_s_ == INT64_MIN || w.view_end_s - w.plan->sub.period_s >= watching_since_s_;
        if (windows_.judge(place, count_gaps)) mark(w.alarm);
        windows_.slide(place);
        schedule(place);
    }
    threshold_judged.add(judged);
}

void ThresholdEngine::resume(int64_t now_ms) {
    const int64_t alive_s = seconds(now_ms_);
    const int64_t now_s = seconds(now_ms);
    if (!inactive_.empty()) activate_due();
    watching_since_s_ = now_s;
    wheel_.clear();
    for (uint32_t place = 0; place < windows_.size(); ++place) {
        Window& w = windows_.at(place);
        if (w.alarm == NONE || w.plan->last) continue;
        while (seconds(w.view_end_s * 1'000 + parts_.config.delay_ms) + 1 <= now_s) {
            // What had ended before the watch did has its samples; what the stop cut has not.
            if (w.view_end_s <= alive_s && windows_.judge(place, false)) mark(w.alarm);
            const int64_t behind = (now_s - w.view_end_s) / w.plan->sub.period_s;
            if (behind > 2 * w.plan->slots) {
                const int64_t jump = behind - w.plan->slots;
                for (uint32_t i = 0; i < w.plan->slots; ++i)
                    windows_.slot(w, i) = {};
                w.view_end_s += jump * w.plan->sub.period_s;
            } else {
                windows_.slide(place);
            }
        }
        schedule(place);
    }
    now_ms_ = std::max(now_ms_, now_ms);
    combine_marked();
    // What the store knows and the windows do not say (a state set by hand) is judged again at the next occasion.
    for (const auto& [id, index] : alarms_by_id_) {
        const AlarmRow& row = alarms_[index];
        const auto state = combined(row);
        if (state && *state != row.state) announce_again(row);
    }
}

// ---- alarms

void ThresholdEngine::mark(uint32_t alarm) {
    if (std::exchange(alarms_[alarm].marked, true)) return;
    marked_.push_back(alarm);
}

void ThresholdEngine::combine_marked() {
    for (const uint32_t alarm : marked_) {
        alarms_[alarm].marked = false;
        if (!silent_ && alarms_[alarm].definition != NONE) combine(alarm);
    }
    marked_.clear();
}

std::optional<AlarmState> ThresholdEngine::combined(const AlarmRow& row) const {
    const Definition& definition = *definitions_[row.definition];
    for (size_t i = 0; i < definition.plans.size(); ++i)
        if (!windows_.at(row.first_window + static_cast<uint32_t>(i)).decided) return {};
    for (size_t i = 0; i < definition.plans.size(); ++i)
        if (windows_.at(row.first_window + static_cast<uint32_t>(i)).state == AlarmState::undetermined)
            return AlarmState::undetermined;
    const bool rings = definition.expression.evaluate(
        [&](uint32_t sub) { return windows_.at(row.first_window + definition.place[sub]).state == AlarmState::alarm; });
    return rings ? AlarmState::alarm : AlarmState::ok;
}

void ThresholdEngine::combine(uint32_t alarm) {
    AlarmRow& row = alarms_[alarm];
    const auto state = combined(row);
    if (!state || *state == row.state) return;
    const AlarmState old = std::exchange(row.state, *state);
    row.told_ms = row.state_updated_ms = now_ms_;
    if (row.state == AlarmState::ok) row.acknowledged.reset();  // it was for this time
    const std::vector<SubState> subs = sub_states(row);
    row.reason = reason(row.state, subs);
    row.value.reset();
    for (const SubState& sub : subs) {
        if (row.value || sub.state != row.state || sub.values.empty()) continue;
        row.value = sub.values.back();
    }
    JsonWriter json;
    write_sub_alarms(json, subs);
    emit(model::AlarmEvent::Kind::transition, whole(row), old, json.take());
}

std::vector<SubState> ThresholdEngine::sub_states(const AlarmRow& row) const {
    const Definition& definition = *definitions_[row.definition];
    std::vector<SubState> out;
    for (size_t i = 0; i < definition.expression.subs.size(); ++i) {
        const Window& w = windows_.at(row.first_window + definition.place[i]);
        out.push_back({&definition.expression.subs[i], w.state, windows_.values(w)});
    }
    return out;
}

void ThresholdEngine::announce_again(const AlarmRow& row) {
    const size_t count = definitions_[row.definition]->plans.size();
    for (uint32_t i = 0; i < count; ++i)
        windows_.at(row.first_window + i).announce = true;
}

model::Alarm ThresholdEngine::whole(const AlarmRow& row) const {
    const catalog::AlarmDefinition& d = definitions_[row.definition]->facts;
    model::Alarm out;
    out.id = row.id;
    out.tenant = d.tenant;
    out.source = model::AlarmSource::threshold;
    out.definition_id = d.id;
    out.name = d.name;
    out.description = d.description;
    out.severity = d.severity;
    out.labels = row.labels;
    out.annotations = d.annotations;
    out.metrics = row.metrics;
    out.state = row.state;
    out.reason = row.reason;
    out.value = row.value;
    out.state_updated_ms = row.state_updated_ms;
    out.created_ms = row.created_ms;
    out.updated_ms = now_ms_;
    out.actions_enabled = d.actions_enabled;
    out.lifecycle_state = row.lifecycle_state;
    out.link = row.link;
    out.acknowledged = row.acknowledged;
    return out;
}

void ThresholdEngine::emit(model::AlarmEvent::Kind kind,
                           model::Alarm alarm,
                           AlarmState old_state,
                           std::string sub_alarms) {
    model::AlarmEvent event;
    event.kind = kind;
    event.id = parts_.make_id();
    event.at_ms = now_ms_;
    event.alarm = std::move(alarm);
    event.old_state = old_state;
    if (!sub_alarms.empty()) event.sub_alarms = std::move(sub_alarms);
    events_.push_back(std::move(event));
}

void ThresholdEngine::tell(const model::AlarmBatch& batch) {
    using Kind = model::AlarmEvent::Kind;
    for (const model::AlarmEvent& event : batch.events) {
        const auto found = alarms_by_id_.find(event.alarm.id);
        if (found == alarms_by_id_.end()) continue;
        AlarmRow& row = alarms_[found->second];
        if (event.kind == Kind::deleted) {
            remove_alarm(found->second);
            continue;
        }
        if (event.kind != Kind::transition && event.kind != Kind::changed) continue;
        row.lifecycle_state = event.alarm.lifecycle_state;
        row.link = event.alarm.link;
        row.acknowledged = event.alarm.acknowledged;
        if (event.kind != Kind::transition) continue;
        announce_again(row);
        if (event.at_ms < row.told_ms) continue;  // overtaken by a decision that is on its way to the log
        row.state = event.alarm.state;
        row.reason = event.alarm.reason;
        row.value = event.alarm.value;
        row.state_updated_ms = event.alarm.state_updated_ms;
    }
}

std::optional<double> ThresholdEngine::current_value(std::string_view alarm_id) const {
    const auto found = alarms_by_id_.find(alarm_id);
    if (found == alarms_by_id_.end()) return {};
    const AlarmRow& row = alarms_[found->second];
    return windows_.newest_value(row.first_window + definitions_[row.definition]->place.front());
}

std::optional<std::string> ThresholdEngine::sub_alarms_json(std::string_view alarm_id) const {
    const auto found = alarms_by_id_.find(alarm_id);
    if (found == alarms_by_id_.end()) return {};
    JsonWriter json;
    const auto subs = sub_states(alarms_[found->second]);
    write_sub_alarms(json, subs);
    return json.take();
}

uint64_t ThresholdEngine::memory_bytes() const {
    uint64_t out = windows_.memory_bytes() + heads_.memory_bytes() + members_.capacity() * sizeof(Member) +
                   alarms_.capacity() * sizeof(AlarmRow);
    for (const AlarmRow& row : alarms_) {
        out += row.heads.capacity() * sizeof(model::HeadId) + row.metrics.capacity() * sizeof(model::AlarmMetric) +
               row.reason.capacity() + row.labels.capacity() * 2 * sizeof(std::string);
        for (const auto& metric : row.metrics)
            out += metric.dimensions.capacity() * 2 * sizeof(std::string);
    }
    return out;
}

}  // namespace belfry::alarm
