#pragma once

#include "base/result.h"
#include "model/labels.h"
#include "model/sample.h"
#include "query/budget.h"
#include "query/metric_source.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::query {
class Workers;
}

namespace belfry::promql {

struct Expr;

/// The longest answer of a range query, in steps (the limit Prometheus has; clients split at it).
inline constexpr int64_t STEPS_MAX = 11'000;
/// How far back an instant selector looks for a sample: (t - lookback, t].
inline constexpr int64_t LOOKBACK_MS_DEFAULT = 300'000;

struct QueryOptions {
    std::string_view tenant = model::DEFAULT_TENANT;
    int64_t lookback_ms = LOOKBACK_MS_DEFAULT;
    /// What `step()` and a subquery without a step use in an instant query (Prometheus: the global evaluation interval).
    int64_t default_step_ms = 60'000;
};

/// Points of one answered series. `labels` is final (the name is gone where the language drops it).
struct ResultSeries {
    model::Labels labels;
    model::SampleColumns samples;  // a vector has exactly one sample a series
};

/// Counted over the whole query; filled also when it fails.
struct QueryStats {
    uint64_t series = 0;   // selected
    uint64_t samples = 0;  // read from the source
    uint64_t bytes = 0;    // read from the source
    int64_t elapsed_ms = 0;
};

struct QueryResult {
    enum class Kind { scalar, string, vector, matrix };
    Kind kind = Kind::vector;
    int64_t time_ms = 0;               // of scalar and string
    double scalar = 0;                 // Kind::scalar
    std::string string;                // Kind::string
    std::vector<ResultSeries> series;  // vector: in the order of the expression (sort, topk); matrix: sorted by labels
    std::vector<std::string> warnings; // each with its position, "PromQL warning: ... (1:5)"; distinct, sorted
    std::vector<std::string> infos;
    QueryStats stats;
};

/// [start_ms, end_ms], both ends included, every step_ms.
struct QueryRange {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    int64_t step_ms = 0;
};

/// Evaluates PromQL over a metric source. Holds no state of a query; any thread.
/// Errors: `invalid` for text that does not parse or check and for a bad range (Prometheus' bad_data), `exhausted` /
/// `timeout` / `unavailable` from the budget, `internal` for an evaluation error (duplicate label sets, a bad parameter:
/// Prometheus' "execution"); what the source reports as it is.
class Engine {
  public:
    /// Both outlive this. `workers` may be shared by all engines of the process.
    Engine(const query::MetricSource& source, query::Workers& workers) : source_(source), workers_(workers) {}

    [[nodiscard]] Result<QueryResult> run_instant(std::string_view text, int64_t time_ms, const QueryOptions& options,
                                                  query::Budget& budget) const;
    [[nodiscard]] Result<QueryResult> run_range(std::string_view text, QueryRange range, const QueryOptions& options,
                                                query::Budget& budget) const;

    /// The same on a parsed and checked expression. `text` is what it was parsed from (annotations quote positions in it).
    [[nodiscard]] Result<QueryResult> run_instant(const Expr& expr, std::string_view text, int64_t time_ms,
                                                  const QueryOptions& options, query::Budget& budget) const;
    [[nodiscard]] Result<QueryResult> run_range(const Expr& expr, std::string_view text, QueryRange range,
                                                const QueryOptions& options, query::Budget& budget) const;

  private:
    const query::MetricSource& source_;
    query::Workers& workers_;
};

}  // namespace belfry::promql
