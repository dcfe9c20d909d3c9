#pragma once

#include "query/promql/exec.h"

namespace belfry::promql {

/// Rows of an aggregation's input by group.
struct Grouping {
    std::vector<uint32_t> group_of;  // each row
    std::vector<Rows::Head> heads;   // each group; the name goes only when it goes in every member
};
[[nodiscard]] Grouping group_rows(Exec& exec, const Aggregate& node, std::span<const Rows::Head> heads);

/// sum, avg, min, max, count, group, stddev, stdvar: one accumulator a group and step, rows read once and forgotten.
[[nodiscard]] Result<RowsPtr> aggregate_streaming(Exec& exec, const Aggregate& node, RowsPtr rows);
/// topk, bottomk, limitk, limit_ratio: rows of the input stay themselves.
[[nodiscard]] Result<RowsPtr> aggregate_select(Exec& exec, const Aggregate& node, std::unique_ptr<Table> table,
                                               const std::vector<double>& param);
[[nodiscard]] Result<RowsPtr> aggregate_quantile(Exec& exec, const Aggregate& node, std::unique_ptr<Table> table,
                                                 const std::vector<double>& param);
[[nodiscard]] Result<RowsPtr> aggregate_count_values(Exec& exec, const Aggregate& node, std::unique_ptr<Table> table);

/// Tells that an aggregation left out histograms.
void note_histogram_ignored(Annotations& annotations, const Aggregate& node);

}  // namespace belfry::promql
