#pragma once

#include "query/promql/eval_histogram.h"
#include "query/promql/exec.h"

namespace belfry::promql {

[[nodiscard]] constexpr bool is_trim(BinaryOp op) { return op == BinaryOp::trim_upper || op == BinaryOp::trim_lower; }
/// Is the result another thing than the left side was, so that its name no longer fits?
[[nodiscard]] constexpr bool changes_meaning(BinaryOp op) { return !is_comparison(op) && !is_trim(op); }

/// One side or the result of an operator on one cell: a float, a histogram, or nothing (ABSENT and null).
struct Operand {
    double value = ABSENT;
    HistogramPtr histogram;
    [[nodiscard]] bool present() const { return histogram != nullptr || !is_absent(value); }
};

/// Where annotations of an operator go.
struct NoteSink {
    Annotations& annotations;
    Span at;
};

/// An operator on one cell, histograms allowed. A comparison without `bool` gives lhs or nothing.
[[nodiscard]] Operand binary_operands(BinaryOp op, const Operand& lhs, const Operand& rhs, bool return_bool, const NoteSink& notes);

/// Vector against vector, with the node's matching.
[[nodiscard]] Result<RowsPtr> match_vectors(Exec& exec, const Binary& node, const Table& lhs, const Table& rhs);
/// and, or, unless.
[[nodiscard]] Result<RowsPtr> set_operation(Exec& exec, const Binary& node, std::unique_ptr<Table> lhs, std::unique_ptr<Table> rhs);

/// Which labels make two series partners.
[[nodiscard]] LabelFilter matching_labels(const VectorMatching& matching);

/// `{__name__="x", a="b"}`: every label, as error messages show series.
[[nodiscard]] std::string braced_labels(model::LabelsView labels);

}  // namespace belfry::promql
