#pragma once

#include "alarm/rules/alert.h"
#include "alarm/rules/alert_text.h"
#include "alarm/rules/sample_sink.h"
#include "query/promql/engine.h"

#include <map>
#include <string>
#include <vector>

namespace belfry::alarm {

/// How long a resolved alert is remembered, so that everybody who must know of it does.
inline constexpr int64_t RESOLVED_RETENTION_MS = 15 * 60'000;

inline constexpr std::string_view ALERTS_METRIC = "ALERTS";
inline constexpr std::string_view FOR_STATE_METRIC = "ALERTS_FOR_STATE";

/// The newest known state of an alert before a restart: its time in ALERTS_FOR_STATE and its value there.
struct StoredForState {
    model::Labels labels;  // of the alert
    int64_t last_seen_ms = 0;
    int64_t active_at_ms = 0;
};

/// The alerts of one alerting rule. One thread at a time.
class AlertBook {
  public:
    explicit AlertBook(std::shared_ptr<const Rule> rule) : rule_(std::move(rule)) {}

    struct Round {
        int64_t at_ms = 0;          // of the evaluation
        int64_t sample_ms = 0;      // of its samples: at_ms less the query offset
        uint64_t limit = 0;         // 0: none
        bool write_samples = true;  // not before the states of an earlier run are known
    };
    /// What the expression gave, into states: samples of ALERTS and ALERTS_FOR_STATE are appended to `samples`, changes
    /// to `changed` (from, alert after). An error leaves no alert active when the limit is passed, else everything as
    /// it was.
    [[nodiscard]] Status update(const promql::QueryResult& result,
                                const Round& round,
                                const AlertTextContext& context,
                                std::vector<RuleSample>& samples,
                                std::vector<std::pair<AlertState, Alert>>& changed);

    /// The states of an earlier run, after the first rounds of this one. What fired goes on firing, what was pending
    /// goes on waiting (with a `for` beyond `grace_ms` at least so long), what is over is resolved; `changed` gets what
    /// is new compared with then. So the changes of the rounds before are not to be told to anybody.
    void restore(const std::vector<StoredForState>& stored,
                 int64_t now_ms,
                 int64_t grace_ms,
                 std::vector<std::pair<AlertState, Alert>>& changed);
    /// Takes over from the same rule before a reload.
    void take_over(const AlertBook& before) { alerts_ = before.alerts_; }

    [[nodiscard]] const std::map<std::string, Alert>& alerts() const { return alerts_; }
    [[nodiscard]] const Rule& rule() const { return *rule_; }

  private:
    struct Touched;
    void write_samples(const Alert& alert, int64_t time_ms, std::vector<RuleSample>& out) const;
    std::shared_ptr<const Rule> rule_;
    std::map<std::string, Alert> alerts_;  // by the bytes of their labels
};

}  // namespace belfry::alarm
