#pragma once

#include "alarm/rules/alarm_outbox.h"
#include "alarm/rules/alert_text.h"
#include "alarm/rules/group_run.h"
#include "alarm/rules/query_config.h"
#include "alarm/rules/schedule.h"
#include "alarm/rules/split.h"
#include "alarm/rules/tri_state.h"
#include "catalog/alarm_definition.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace belfry::alarm {

/// What PromQL definitions are evaluated with; all outlive them.
struct QueryParts {
    const promql::Engine& engine;
    Clock& clock;
    RulesConfig rules;
    QueryAlarmConfig config;
    query::BudgetLimits limits;  // of each evaluation
    AlarmOutbox& outbox;
    std::string external_url;
};

/// How a definition does. Times are 0 before the first evaluation.
struct QueryView {
    std::shared_ptr<const catalog::AlarmDefinition> definition;
    Health health = Health::unknown;
    std::string last_error;
    int64_t evaluated_ms = 0;
    double duration_s = 0;
    uint64_t missed = 0;
    size_t alarms = 0;
    std::map<std::string, double, std::less<>> values;  // current ones, by alarm id
};

/// A definition's labels and annotations as templates.
struct DefinitionTexts {
    std::vector<std::pair<std::string, templates::Template>> labels;
    std::vector<std::pair<std::string, templates::Template>> annotations;
};

/// What is wrong with a PromQL definition, for who is about to save it.
[[nodiscard]] Status check_query_definition(const catalog::AlarmDefinition& definition);

/// The rows of an answer as alarms: the labels of each and its value, the worst one of each group of `match_by`. A value
/// that is no number is no row.
struct QueryRow {
    model::Labels labels;
    double value = 0;
};
[[nodiscard]] Result<std::vector<QueryRow>> rows_of(const promql::QueryResult& result,
                                                    const Condition& condition,
                                                    const std::vector<std::string>& match_by);

/// The alarms of one PromQL definition. `evaluate` and `take_over` by one thread at a time, `view` by any.
class QueryRun final : public Turn {
  public:
    /// `restored`: its alarms as they are stored; nothing is told before `quiet_until_ms` (0: at once).
    QueryRun(const QueryParts& parts,
             std::shared_ptr<const catalog::AlarmDefinition> definition,
             const std::vector<std::shared_ptr<const model::Alarm>>& restored,
             int64_t quiet_until_ms);
    ~QueryRun() override;

    void evaluate(int64_t at_ms) override;
    /// From the definition as it was before a change.
    void take_over(QueryRun& before);
    /// The definition is gone, and its alarms go, too.
    void end(int64_t at_ms);

    [[nodiscard]] int64_t interval_ms() const override { return interval_ms_; }
    [[nodiscard]] int64_t next_due_ms(int64_t now_ms) const override;
    void count_missed(uint64_t count) override;
    void stop() override;

    [[nodiscard]] std::shared_ptr<const QueryView> view() const;
    [[nodiscard]] const catalog::AlarmDefinition& definition() const { return *definition_; }

  private:
    struct Entry {
        model::Labels labels;  // of the series or group; empty of a restored one that was not seen yet
        model::Dimensions shown_labels;
        TriState machine;
        std::optional<model::AlarmState> told;  // nothing: nobody knows of it
        std::optional<double> value;
        double last_value = 0;
        int64_t seen_ms = 0;
        int64_t created_ms = 0;
        int64_t changed_ms = 0;  // of the state
    };
    [[nodiscard]] Result<promql::QueryResult> ask(const promql::Expr& expr, std::string_view text, int64_t time_ms);
    [[nodiscard]] Result<promql::QueryResult> with_budget(
        const std::function<Result<promql::QueryResult>(const promql::QueryOptions&, query::Budget&)>& run);
    [[nodiscard]] Status see(int64_t at_ms);
    void look_back(int64_t at_ms);
    void tell(int64_t at_ms);
    [[nodiscard]] model::Alarm alarm_of(const std::string& id, const Entry& entry, int64_t at_ms);
    [[nodiscard]] AlertTextContext context(int64_t at_ms);
    [[nodiscard]] std::string reason_of(const Entry& entry) const;
    void publish();

    const QueryParts& parts_;
    const std::shared_ptr<const catalog::AlarmDefinition> definition_;
    const int64_t interval_ms_;
    const Result<Condition> condition_;
    Result<DefinitionTexts> texts_;
    int64_t quiet_until_ms_ = 0;
    int quiet_rounds_ = 0;
    bool looks_back_ = false;  // what was pending before the start is to be found
    std::map<std::string, Entry, std::less<>> entries_;  // by alarm id
    bool expression_changed_ = false;  // what the new one does not give goes
    bool texts_changed_ = false;
    Health health_ = Health::unknown;
    std::string last_error_;
    int64_t evaluated_ms_ = 0;
    double duration_s_ = 0;
    uint64_t missed_ = 0;
    double counted_ = 0;
    std::atomic<bool> stopped_{false};
    mutable std::mutex view_mutex_;  // guards view_ and budget_
    std::shared_ptr<const QueryView> view_;
    query::Budget* budget_ = nullptr;  // of the running evaluation
};

}  // namespace belfry::alarm
