#pragma once

#include "query/metric_source.h"
#include "query/promql/ast.h"
#include "query/promql/engine.h"
#include "query/promql/eval_labels.h"
#include "query/promql/value.h"
#include "query/promql/value_range.h"
#include "query/workers.h"

#include <memory>
#include <string>
#include <vector>

namespace belfry::promql {

/// The most times a subquery evaluates its expression at (a column of 40 MB).
inline constexpr size_t SUBQUERY_STEPS_MAX = 5'000'000;

/// One running query: evaluates nodes of its tree over a grid of times. Everything it returns (labels, series sets) lives
/// as long as it. One thread calls it; rows may then be read by several.
class Exec {
  public:
    struct Setup {
        const query::MetricSource& source;
        query::Workers& workers;
        query::Budget& budget;
        const QueryOptions& options;
        Grid query_grid;           // of the whole query; a subquery evaluates its expression on another one
        int64_t query_end_ms = 0;  // as asked: at or after the last time of the grid
        int64_t query_step_ms = 0; // what step() says; 0 for instant queries
    };
    explicit Exec(const Setup& setup) : setup_(setup) {}

    /// A value for every time of the grid.
    [[nodiscard]] Result<std::vector<double>> scalar(const Expr& expr, const Grid& grid);
    [[nodiscard]] Result<RowsPtr> vector(const Expr& expr, const Grid& grid);
    /// `vector`, in memory, without empty rows.
    [[nodiscard]] Result<std::unique_ptr<Table>> table(const Expr& expr, const Grid& grid);
    [[nodiscard]] Result<std::unique_ptr<Table>> table(RowsPtr rows);
    [[nodiscard]] Result<RangeRowsPtr> range(const Expr& expr, const Grid& grid, bool by_records = false);
    /// The value of a string literal (checked by the parser to be one).
    [[nodiscard]] static const std::string& string(const Expr& expr);

    /// Selects series for times [from_ms, to_ms], both included. The set lives as long as the query.
    [[nodiscard]] Result<std::shared_ptr<const query::SeriesSet>> select(const model::Matchers& matchers, int64_t from_ms, int64_t to_ms,
                                                                         const model::SelectHints& hints = {});

    /// While it lives, selectors mark each histogram that is a counter reset as one (or as none). Set below functions that
    /// need no more than count and sum, where conflicting resets in an aggregation are worth a warning.
    class ObserveResets {
      public:
        ObserveResets(Exec& exec, bool on) : exec_(exec), before_(exec.observe_resets_) { exec.observe_resets_ = on; }
        ~ObserveResets() { exec_.observe_resets_ = before_; }
        ObserveResets(const ObserveResets&) = delete;
        ObserveResets& operator=(const ObserveResets&) = delete;

      private:
        Exec& exec_;
        bool before_;
    };
    [[nodiscard]] bool observe_resets() const { return observe_resets_; }

    [[nodiscard]] const Setup& setup() const { return setup_; }
    [[nodiscard]] query::Budget& budget() { return setup_.budget; }
    [[nodiscard]] query::Workers& workers() { return setup_.workers; }
    [[nodiscard]] Annotations& annotations() { return annotations_; }
    [[nodiscard]] LabelArena& arena() { return arena_; }

  private:
    [[nodiscard]] Result<RowsPtr> vector_at_all_steps(const Expr& expr, const Grid& grid);
    Setup setup_;
    bool observe_resets_ = false;
    Annotations annotations_;
    LabelArena arena_;
    std::vector<std::shared_ptr<const query::SeriesSet>> sets_;
};

/// The reference time of a selector or subquery. `@ start()` and `@ end()` have become timestamps by then.
[[nodiscard]] inline ReferenceTime reference_time(const AtModifier& at, const Offset& offset) {
    return {.offset_ms = offset.ms, .fixed = at.kind != AtModifier::Kind::none, .fixed_ms = at.time_ms};
}

/// What a selector row shows: the sample's value, or its time (timestamp() of a bare selector), or its start time.
/// `presence`: any number, where only counts of series matter.
enum class SelectorShows { value, time, start_time, presence };

// One each node kind, in the file of that name.
[[nodiscard]] Result<RowsPtr> eval_selector(Exec& exec, const VectorSelector& node, const Grid& grid, SelectorShows shows);
[[nodiscard]] Result<RangeRowsPtr> eval_matrix_selector(Exec& exec, const MatrixSelector& node, const Grid& grid,
                                                       bool by_records);
[[nodiscard]] Result<RangeRowsPtr> eval_subquery(Exec& exec, const Subquery& node, const Grid& grid);
[[nodiscard]] Result<RowsPtr> eval_aggregate(Exec& exec, const Aggregate& node, const Grid& grid);
[[nodiscard]] Result<RowsPtr> eval_binary(Exec& exec, const Binary& node, const Grid& grid);
[[nodiscard]] Result<RowsPtr> eval_call(Exec& exec, const Call& node, const Grid& grid);
[[nodiscard]] Result<std::vector<double>> eval_scalar_call(Exec& exec, const Call& node, const Grid& grid);

/// -x for every cell; the name goes.
[[nodiscard]] RowsPtr negate_rows(RowsPtr rows);

/// The arithmetic and comparison operators on floats. A comparison gives lhs or ABSENT, or 0 and 1 with `return_bool`.
[[nodiscard]] double binary_float(BinaryOp op, double lhs, double rhs, bool return_bool);

/// Puts rows with equal labels together (late name removal and relabelling can make such rows); an error when two of
/// them have a value at one time. `final_names` first drops what is flagged.
[[nodiscard]] Status merge_equal_labels(Exec& exec, Table& table, bool final_names);

/// Prepares a tree for evaluation: `@ start()/end()` become times, and step-invariant parts are wrapped.
[[nodiscard]] ExprPtr prepare(ExprPtr expr, int64_t query_start_ms, int64_t query_end_ms);

}  // namespace belfry::promql
