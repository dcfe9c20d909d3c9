#pragma once

#include "alarm/anomaly/anomaly_config.h"
#include "alarm/anomaly/monitor.h"
#include "alarm/anomaly/profile.h"
#include "alarm/anomaly/until.h"
#include "alarm/rules/group_run.h"
#include "alarm/rules/sample_sink.h"
#include "alarm/rules/schedule.h"
#include "model/labels.h"
#include "query/promql/engine.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace belfry::alarm {

/// What monitors are evaluated with; all outlive them.
struct MonitorParts {
    const promql::Engine& engine;
    Clock& clock;
    AnomalyConfig config;
    query::BudgetLimits limits;  // of each query
    int64_t wall_ms_max = 60'000;
    SampleSink write;
};

/// A series of a monitor as it was judged last.
struct MonitoredSeries {
    model::Labels labels;
    std::string detector;
    size_t cycle = 0;
    std::vector<std::pair<std::string, double>> errors;  // of the choice, best first
    int64_t at_ms = 0;
    double value = 0;
    Verdict verdict;
    std::optional<double> seconds_until;
};

struct MonitorView {
    std::shared_ptr<const Monitor> monitor;
    Health health = Health::unknown;
    std::string last_error;
    int64_t evaluated_ms = 0;
    double duration_s = 0;
    uint64_t missed = 0;
    std::vector<MonitoredSeries> series;
};

/// Bands over stored data, as a monitor would have made them.
struct MonitorPreview {
    struct Series {
        model::Labels labels;
        Choice choice;
        std::vector<int64_t> times_ms;
        std::vector<double> values;
        std::vector<Verdict> verdicts;
    };
    size_t series_count = 0;     // that the query gives
    std::vector<Series> series;  // the first ones
};
[[nodiscard]] Result<MonitorPreview> preview_monitor(const promql::Engine& engine,
                                                     const Monitor& monitor,
                                                     model::TimeRange range,
                                                     size_t series_max,
                                                     query::Budget& budget);

/// One monitor on the schedule. What it knows of a series it learned from stored history, so a restart forgets nothing.
class MonitorRun final : public Turn {
  public:
    MonitorRun(const MonitorParts& parts, std::shared_ptr<const Monitor> monitor);
    ~MonitorRun() override;

    void evaluate(int64_t at_ms) override;
    /// It is gone, and what it wrote ends.
    void end(int64_t at_ms);
    [[nodiscard]] int64_t interval_ms() const override { return monitor_->step_ms; }
    [[nodiscard]] int64_t next_due_ms(int64_t now_ms) const override;
    void count_missed(uint64_t count) override { missed_ += count; }
    void stop() override;
    [[nodiscard]] std::shared_ptr<const MonitorView> view() const;

  private:
    struct State {
        model::Labels labels;
        Choice choice;
        std::unique_ptr<Detector> detector;  // null until there is a training
        LevelFilter filter{FilterSpec{}};
        std::vector<model::Sample> recent;  // for the forecast: at most RECENT_MAX
        int64_t seen_ms = 0;
        MonitoredSeries last;
    };
    [[nodiscard]] Status judge_all(int64_t at_ms);
    [[nodiscard]] Status train(int64_t at_ms);
    void forecast(State& state, int64_t at_ms, double value);
    [[nodiscard]] Status write(int64_t at_ms, std::vector<RuleSample> samples);
    void add_samples(const State& state, int64_t at_ms, std::vector<RuleSample>& out) const;
    template <typename Ask>
    [[nodiscard]] Result<promql::QueryResult> with_budget(const Ask& ask);
    void publish();

    const MonitorParts& parts_;
    const std::shared_ptr<const Monitor> monitor_;
    std::map<std::string, State> states_;  // by the bytes of their labels
    std::set<std::string> written_;        // labels of what it wrote last
    int64_t evaluated_ms_ = 0;
    int64_t trained_ms_ = 0;
    bool all_trained_ = false;
    Health health_ = Health::unknown;
    std::string last_error_;
    double duration_s_ = 0;
    uint64_t missed_ = 0;
    double counted_ = 0;
    std::atomic<bool> stopped_{false};
    mutable std::mutex view_mutex_;  // guards view_ and budget_
    std::shared_ptr<const MonitorView> view_;
    query::Budget* budget_ = nullptr;
};

}  // namespace belfry::alarm
