#pragma once

#include "alarm/rules/alert_book.h"
#include "alarm/rules/rules_config.h"
#include "alarm/rules/schedule.h"
#include "base/clock.h"
#include "base/counter.h"
#include "query/metric_source.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace belfry::alarm {

enum class Health { unknown, good, bad };

/// What the API and the pages see of a rule. Times are 0 before the first evaluation.
struct RuleView {
    std::shared_ptr<const Rule> rule;
    Health health = Health::unknown;
    std::string last_error;
    int64_t evaluated_ms = 0;
    double duration_s = 0;
    uint64_t samples = 0;       // of the last evaluation
    std::vector<Alert> alerts;  // active ones
    [[nodiscard]] AlertState state() const;
};

struct GroupView {
    std::shared_ptr<const RuleGroup> group;
    std::string tenant;
    int64_t interval_ms = 0;
    int64_t evaluated_ms = 0;
    double duration_s = 0;
    uint64_t missed = 0;
    std::vector<RuleView> rules;
};

/// What groups are evaluated with; all outlive them.
struct RuleParts {
    const promql::Engine& engine;
    const query::MetricSource& source;  // what was stored before this run
    Clock& clock;
    RulesConfig config;
    query::BudgetLimits limits;  // of each evaluation
    SampleSink write;
    TransitionSink changed;  // may be empty
    SettledSink settled;     // may be empty
    std::string external_url;
};

/// A group while it is evaluated: states, what it wrote last, its measures. `evaluate` and `take_over` by one thread at
/// a time, `view` by any.
class GroupRun final : public Turn {
  public:
    /// `restores`: the alerts of an earlier run are looked for, after the second evaluation.
    GroupRun(const RuleParts& parts, std::shared_ptr<const RuleGroup> group, bool restores);
    ~GroupRun() override;

    /// All rules in turn, for the time `at_ms`.
    void evaluate(int64_t at_ms) override;
    /// Keeps the states and series of the rules that both have; what only `before` had becomes stale at the next
    /// evaluation.
    void take_over(GroupRun& before);
    /// Marks everything the group wrote last as ended: it is no longer there.
    void end_series(int64_t at_ms);
    /// `count` evaluations were left out.
    void count_missed(uint64_t count) override;
    /// Makes a running evaluation end soon; nothing is evaluated any more.
    void stop() override;

    [[nodiscard]] std::shared_ptr<const GroupView> view() const;
    [[nodiscard]] const RuleGroup& group() const { return *group_; }
    [[nodiscard]] int64_t interval_ms() const override { return interval_ms_; }
    [[nodiscard]] int64_t next_due_ms(int64_t now_ms) const override;

  private:
    struct RuleRun {
        std::shared_ptr<const Rule> rule;
        std::optional<AlertBook> book;
        std::set<std::string> written;  // bytes of the labels of its last samples
        Health health = Health::unknown;
        std::string last_error;
        int64_t evaluated_ms = 0;
        double duration_s = 0;
        uint64_t samples = 0;
        std::set<std::string> reads;  // metric names, when it reads certain names only
        bool reads_anything = false;
    };
    struct Gauges;
    struct Pending;  // samples of rules that wait for the next write

    [[nodiscard]] Status evaluate_rule(RuleRun& run,
                                       int64_t at_ms,
                                       std::vector<RuleSample>& samples,
                                       std::vector<std::pair<AlertState, Alert>>& changed);
    [[nodiscard]] Status record(RuleRun& run,
                                promql::QueryResult& result,
                                int64_t sample_ms,
                                std::vector<RuleSample>& samples) const;
    [[nodiscard]] Result<promql::QueryResult> ask(const promql::Expr& expr, std::string_view text, int64_t time_ms);
    void flush(Pending& pending, int64_t at_ms);
    void restore(int64_t at_ms);
    [[nodiscard]] Result<std::vector<StoredForState>> stored_states(const Rule& rule, int64_t at_ms);
    void tell(const RuleRun& run, int64_t at_ms, std::vector<std::pair<AlertState, Alert>>& changed);
    [[nodiscard]] Transition transition_of(const RuleRun& run, AlertState from, int64_t at_ms, Alert alert) const;
    void settle(int64_t at_ms);
    void publish();
    [[nodiscard]] int64_t offset_ms() const { return group_->query_offset_ms.value_or(parts_.config.query_offset_ms); }

    void count_alerts(double pending, double firing);

    const RuleParts& parts_;
    const std::shared_ptr<const RuleGroup> group_;
    const int64_t interval_ms_;
    std::vector<RuleRun> rules_;
    std::set<std::string> ended_;  // series of rules that are gone
    Pairs external_labels_;
    int rounds_to_restore_ = 0;  // 0: states are known
    int64_t evaluated_ms_ = 0;
    double duration_s_ = 0;
    uint64_t missed_ = 0;
    bool settled_ = false;
    double pending_counted_ = 0;
    double firing_counted_ = 0;
    std::unique_ptr<Gauges> gauges_;
    std::atomic<bool> stopped_{false};
    mutable std::mutex view_mutex_;  // guards view_ and budget_
    std::shared_ptr<const GroupView> view_;
    query::Budget* budget_ = nullptr;  // of the running evaluation
};

}  // namespace belfry::alarm
