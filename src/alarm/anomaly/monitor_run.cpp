#include "alarm/anomaly/monitor_run.h"

#include "alarm/anomaly/stats.h"

#include <cmath>

namespace belfry::alarm {
namespace {

constexpr int64_t TRAIN_NEW_EVERY = 10;  // steps: series that come in between wait for one training
constexpr size_t RECENT_MAX = 200;       // points of a forecast: 19,900 slopes
constexpr std::string_view EXPECTED = "belfry_anomaly_expected";
constexpr std::string_view LOWER = "belfry_anomaly_lower";
constexpr std::string_view UPPER = "belfry_anomaly_upper";
constexpr std::string_view SCORE = "belfry_anomaly_score";
constexpr std::string_view LEVEL = "belfry_anomaly_level";
constexpr std::string_view UNTIL = "belfry_forecast_seconds_until";

model::Labels key_of(model::LabelsView labels) {
    model::LabelsBuilder out(labels);
    out.erase(model::METRIC_NAME);
    return out.build();
}

/// The samples of an answer on a grid of `count` times from `start_ms`; a scalar answer is a series without labels.
struct GridRow {
    model::Labels labels;
    History values;
};
std::vector<GridRow> grid_rows(const promql::QueryResult& result, int64_t start_ms, int64_t step_ms, size_t count) {
    std::vector<GridRow> out;
    for (const promql::ResultSeries& series : result.series) {
        GridRow& row = out.emplace_back(GridRow{.labels = key_of(series.labels.view()), .values = History(count)});
        for (size_t i = 0; i < series.samples.size(); ++i) {
            const int64_t place = (series.samples.times_ms[i] - start_ms) / step_ms;
            const double value = series.samples.values[i];
            if (place >= 0 && static_cast<size_t>(place) < count && std::isfinite(value))
                row.values[static_cast<size_t>(place)] = value;
        }
    }
    return out;
}

promql::QueryOptions options_of(const Monitor& monitor) {
    promql::QueryOptions out;
    out.tenant = monitor.tenant;
    out.default_step_ms = monitor.step_ms;
    return out;
}

/// Missing values before the first one teach nothing.
History without_front(const History& values) {
    const auto first = std::find_if(values.begin(), values.end(), [](const auto& v) { return v.has_value(); });
    return History(first, values.end());
}

}  // namespace

Result<MonitorPreview> preview_monitor(const promql::Engine& engine,
                                       const Monitor& monitor,
                                       model::TimeRange range,
                                       size_t series_max,
                                       query::Budget& budget) {
    const int64_t step_ms = monitor.step_ms;
    const int64_t steps = (range.to_ms - range.from_ms) / step_ms;
    if (steps < 1 || steps > TRAINING_STEPS_MAX)
        return make_error(Code::invalid, "from_ms to to_ms is 1 to {} steps, not {}", TRAINING_STEPS_MAX, steps);
    const int64_t training = monitor.training_ms / step_ms;
    const int64_t start_ms = range.from_ms - training * step_ms;
    const auto count = static_cast<size_t>(steps + 1);
    std::map<std::string, History> before;
    if (training > 0) {
        const auto trained = TRY(engine.run_range(
            monitor.query, {.start_ms = start_ms, .end_ms = range.from_ms - step_ms, .step_ms = step_ms},
            options_of(monitor), budget));
        for (GridRow& row : grid_rows(trained, start_ms, step_ms, static_cast<size_t>(training)))
            before.emplace(row.labels.bytes(), std::move(row.values));
    }
    const auto shown = TRY(engine.run_range(
        monitor.query, {.start_ms = range.from_ms, .end_ms = range.from_ms + steps * step_ms, .step_ms = step_ms},
        options_of(monitor), budget));
    MonitorPreview out;
    for (const GridRow& row : grid_rows(shown, range.from_ms, step_ms, count)) {
        if (++out.series_count > series_max) continue;
        TRY(budget.check());
        const History history = without_front(before[row.labels.bytes()]);
        MonitorPreview::Series& series = out.series.emplace_back();
        series.labels = row.labels;
        series.choice = settle_detector(monitor.detector, history);
        const auto detector = make_detector(series.choice.spec, series.choice.cycle);
        LevelFilter filter(monitor.filter);
        for (size_t i = 0; i < history.size(); ++i) {
            const auto verdict = detector->see(history[i]);
            if (verdict)
                (void)filter.pass(verdict->level, range.from_ms - static_cast<int64_t>(history.size() - i) * step_ms);
        }
        for (size_t i = 0; i < row.values.size(); ++i) {
            std::optional<Verdict> verdict = detector->see(row.values[i]);
            if (!verdict) continue;
            const int64_t at_ms = range.from_ms + static_cast<int64_t>(i) * step_ms;
            verdict->level = filter.pass(verdict->level, at_ms);
            series.times_ms.push_back(at_ms);
            series.values.push_back(*row.values[i]);
            series.verdicts.push_back(*verdict);
        }
    }
    return out;
}

MonitorRun::MonitorRun(const MonitorParts& parts, std::shared_ptr<const Monitor> monitor)
    : parts_(parts), monitor_(std::move(monitor)) {
    publish();
}

MonitorRun::~MonitorRun() {
    anomaly_series.add(-counted_);
}

int64_t MonitorRun::next_due_ms(int64_t now_ms) const {
    return next_slot_ms(monitor_->id, monitor_->step_ms, now_ms);
}

void MonitorRun::stop() {
    stopped_.store(true);
    const std::lock_guard lock(view_mutex_);
    if (budget_) budget_->cancel();
}

template <typename Ask>
Result<promql::QueryResult> MonitorRun::with_budget(const Ask& ask) {
    query::BudgetLimits limits = parts_.limits;
    limits.wall_ms_max =
        limits.wall_ms_max == 0 ? parts_.wall_ms_max : std::min(limits.wall_ms_max, parts_.wall_ms_max);
    query::Budget budget(limits, parts_.clock);
    {
        const std::lock_guard lock(view_mutex_);
        budget_ = &budget;
    }
    if (stopped_.load()) budget.cancel();
    Result<promql::QueryResult> out = ask(budget);
    const std::lock_guard lock(view_mutex_);
    budget_ = nullptr;
    return out;
}

// Detectors of all series, from what is stored before `at_ms`. One query for all of them.
Status MonitorRun::train(int64_t at_ms) {
    const int64_t step_ms = monitor_->step_ms;
    const int64_t steps = monitor_->training_ms / step_ms;
    std::map<std::string, History> histories;
    if (steps > 0) {
        const int64_t start_ms = at_ms - steps * step_ms;
        const promql::QueryResult result = TRY(with_budget([&](query::Budget& budget) {
            return parts_.engine.run_range(monitor_->query,
                                           {.start_ms = start_ms, .end_ms = at_ms - step_ms, .step_ms = step_ms},
                                           options_of(*monitor_), budget);
        }));
        for (GridRow& row : grid_rows(result, start_ms, step_ms, static_cast<size_t>(steps)))
            histories.emplace(row.labels.bytes(), without_front(row.values));
    }
    for (auto& [key, state] : states_) {
        if (stopped_.load()) return {};
        const bool choose = !state.detector || at_ms - trained_ms_ >= parts_.config.choose_again_ms || !all_trained_;
        if (!choose) continue;
        const History& history = histories[key];
        state.choice = settle_detector(monitor_->detector, history);
        state.detector = make_detector(state.choice.spec, state.choice.cycle);
        state.filter = LevelFilter(monitor_->filter);
        state.recent.clear();
        const auto count = static_cast<int64_t>(history.size());
        for (int64_t i = 0; i < count; ++i) {
            const int64_t time_ms = at_ms - (count - i) * step_ms;
            const std::optional<double>& value = history[static_cast<size_t>(i)];
            const auto verdict = state.detector->see(value);
            if (verdict) (void)state.filter.pass(verdict->level, time_ms);
            if (value && monitor_->forecast && at_ms - time_ms <= monitor_->forecast->window_ms)
                forecast(state, time_ms, *value);
        }
        anomaly_trainings.add();
    }
    trained_ms_ = at_ms;
    all_trained_ = true;
    return {};
}

void MonitorRun::forecast(State& state, int64_t at_ms, double value) {
    const Monitor::Forecast& wish = *monitor_->forecast;
    std::erase_if(state.recent, [&](const model::Sample& s) { return s.time_ms <= at_ms - wish.window_ms; });
    const int64_t apart_ms = std::max(monitor_->step_ms, wish.window_ms / static_cast<int64_t>(RECENT_MAX));
    if (state.recent.empty() || at_ms - state.recent.back().time_ms >= apart_ms)
        state.recent.push_back({.time_ms = at_ms, .value = value});
}

void MonitorRun::add_samples(const State& state, int64_t at_ms, std::vector<RuleSample>& out) const {
    model::LabelsBuilder labels(state.labels.view());
    for (const auto& [name, value] : monitor_->labels)
        labels.set(name, value);
    labels.set("monitor", monitor_->name);
    const auto add = [&](std::string_view name, double value, bool may_be_infinite = false) {
        if (std::isnan(value) || (!may_be_infinite && !std::isfinite(value))) return;
        labels.set(model::METRIC_NAME, name);
        out.push_back({.labels = labels.build(), .time_ms = at_ms, .value = value, .histogram = nullptr});
    };
    const Verdict& verdict = state.last.verdict;
    add(EXPECTED, verdict.expected);
    add(LOWER, verdict.bands.lower_weak);
    add(UPPER, verdict.bands.upper_weak);
    add(SCORE, verdict.score);
    add(LEVEL, level_value(verdict.level));
    if (state.last.seconds_until) add(UNTIL, *state.last.seconds_until, true);
}

Status MonitorRun::write(int64_t at_ms, std::vector<RuleSample> samples) {
    std::set<std::string> written;
    std::vector<RuleSample> all;
    for (RuleSample& sample : samples)
        if (written.insert(sample.labels.bytes()).second) all.push_back(std::move(sample));
    for (const std::string& bytes : written_) {
        if (written.count(bytes) > 0) continue;
        all.push_back({.labels = model::Labels(model::LabelsView(bytes)),
                       .time_ms = at_ms,
                       .value = model::stale_nan(),
                       .histogram = nullptr});
    }
    if (all.empty()) return {};
    const SinkOutcome outcome = TRY(parts_.write(monitor_->tenant, all).context("writing"));
    written_ = std::move(written);
    if (outcome.refused > 0)
        return make_error(Code::exhausted, "{} samples were refused: {}", outcome.refused, outcome.first_message);
    return {};
}

Status MonitorRun::judge_all(int64_t at_ms) {
    const promql::QueryResult result = TRY(with_budget([&](query::Budget& budget) {
        return parts_.engine.run_instant(monitor_->query, at_ms, options_of(*monitor_), budget);
    }));
    if (result.series.size() > parts_.config.series_max)
        return make_error(Code::exhausted, "{} series, more than the limit of {} (anomaly.series_max)",
                          result.series.size(), parts_.config.series_max);
    std::map<std::string, double> now;
    if (result.kind == promql::QueryResult::Kind::scalar) now.emplace("", result.scalar);
    for (const promql::ResultSeries& series : result.series)
        if (!series.samples.empty() && std::isfinite(series.samples.values.back()))
            now.emplace(key_of(series.labels.view()).bytes(), series.samples.values.back());
    bool unknown = false;
    for (const auto& [key, value] : now) {
        State& state = states_[key];
        state.labels = model::Labels(model::LabelsView(key));
        unknown = unknown || !state.detector;
    }
    // seasons are counted in steps: after a gap they are counted anew
    if (evaluated_ms_ != 0 && at_ms - evaluated_ms_ != monitor_->step_ms) all_trained_ = false;
    const bool again = all_trained_ && at_ms - trained_ms_ >= parts_.config.choose_again_ms;
    const bool new_ones = unknown && at_ms - trained_ms_ >= TRAIN_NEW_EVERY * monitor_->step_ms;
    if (!all_trained_ || again || new_ones) TRY(train(at_ms).context("training"));
    evaluated_ms_ = at_ms;
    std::vector<RuleSample> samples;
    for (auto at = states_.begin(); at != states_.end();) {
        State& state = at->second;
        const auto value = now.find(at->first);
        if (value == now.end()) {
            if (state.detector) (void)state.detector->see(std::nullopt);
            at = at_ms - state.seen_ms > parts_.config.forget_ms ? states_.erase(at) : std::next(at);
            continue;
        }
        state.seen_ms = at_ms;
        ++at;
        if (!state.detector) continue;
        std::optional<Verdict> verdict = state.detector->see(value->second);
        if (!verdict) continue;
        anomaly_values.add();
        verdict->level = state.filter.pass(verdict->level, at_ms);
        state.last = {.labels = state.labels,
                      .detector = state.choice.spec.type,
                      .cycle = state.choice.cycle,
                      .errors = state.choice.errors,
                      .at_ms = at_ms,
                      .value = value->second,
                      .verdict = *verdict,
                      .seconds_until = {}};
        if (monitor_->forecast) {
            forecast(state, at_ms, value->second);
            const std::optional<Trend> trend =
                monitor_->forecast->smoothed ? smoothed_trend(state.recent, 0.3, 0.1) : robust_trend(state.recent);
            if (trend)
                state.last.seconds_until = seconds_until(*trend, monitor_->forecast->limit, monitor_->forecast->rising);
        }
        add_samples(state, at_ms, samples);
    }
    return write(at_ms, std::move(samples));
}

void MonitorRun::evaluate(int64_t at_ms) {
    if (stopped_.load()) return;
    const int64_t start_ns = parts_.clock.monotonic_ns();
    const Status done = judge_all(at_ms);
    if (stopped_.load()) return;
    const int64_t took_ns = parts_.clock.monotonic_ns() - start_ns;
    anomaly_evaluations.add();
    anomaly_duration.observe_ns(took_ns);
    duration_s_ = static_cast<double>(took_ns) / 1e9;
    health_ = done.ok() ? Health::good : Health::bad;
    last_error_ = done.ok() ? std::string() : done.error().message;
    if (!done.ok()) anomaly_failures.add();
    publish();
}

void MonitorRun::end(int64_t at_ms) {
    states_.clear();
    (void)write(at_ms, {});
    publish();
}

void MonitorRun::publish() {
    auto view = std::make_shared<MonitorView>();
    view->monitor = monitor_;
    view->health = health_;
    view->last_error = last_error_;
    view->evaluated_ms = evaluated_ms_;
    view->duration_s = duration_s_;
    view->missed = missed_;
    for (const auto& [key, state] : states_)
        if (state.last.at_ms != 0 && state.seen_ms == evaluated_ms_) view->series.push_back(state.last);
    const auto count = static_cast<double>(states_.size());
    anomaly_series.add(count - std::exchange(counted_, count));
    const std::lock_guard lock(view_mutex_);
    view_ = std::move(view);
}

std::shared_ptr<const MonitorView> MonitorRun::view() const {
    const std::lock_guard lock(view_mutex_);
    return view_;
}

}  // namespace belfry::alarm
