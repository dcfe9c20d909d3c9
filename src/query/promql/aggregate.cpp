#include "query/promql/aggregate.h"

namespace belfry::promql {

Grouping group_rows(Exec& exec, const Aggregate& node, std::span<const Rows::Head> heads) {
    const LabelFilter filter =
        node.without ? LabelFilter::all_but(node.grouping, true) : LabelFilter::only(node.grouping);
    Grouping out;
    out.group_of.reserve(heads.size());
    LabelIndex groups(exec.arena());
    std::string bytes;
    for (const Rows::Head& head : heads) {
        filter.apply(head.labels, bytes);
        const uint32_t group = groups.find_or_add(bytes);
        if (group == out.heads.size()) out.heads.push_back({groups.labels(group), head.drop_name});
        else if (!head.drop_name) out.heads[group].drop_name = false;
        out.group_of.push_back(group);
    }
    return out;
}

void note_histogram_ignored(Annotations& annotations, const Aggregate& node) {
    annotations.info(fmt::format("ignored histogram in {} aggregation", to_string(node.op)), node.expr->at);
}

namespace {

// What is aggregated; a selector whose series are only counted need not show values.
Result<RowsPtr> input(Exec& exec, const Aggregate& node, const Grid& grid) {
    const Expr* expr = node.expr.get();
    while (expr->kind == ExprKind::paren) expr = as<Paren>(*expr).expr.get();
    const bool counts = node.op == AggregateOp::count || node.op == AggregateOp::group;
    const auto* selector = counts ? try_as<VectorSelector>(*expr) : nullptr;
    // a smoothed one depends on the kinds of its neighbours
    if (selector != nullptr && selector->edges != RangeEdges::smoothed) return eval_selector(exec, *selector, grid, SelectorShows::presence);
    return exec.vector(*expr, grid);
}

}  // namespace

Result<RowsPtr> eval_aggregate(Exec& exec, const Aggregate& node, const Grid& grid) {
    RowsPtr rows = TRY(input(exec, node, grid));
    switch (node.op) {
        case AggregateOp::count_values: return aggregate_count_values(exec, node, TRY(exec.table(std::move(rows))));
        case AggregateOp::quantile:
        case AggregateOp::topk:
        case AggregateOp::bottomk:
        case AggregateOp::limitk:
        case AggregateOp::limit_ratio: {
            const std::vector<double> param = TRY(exec.scalar(*node.param, grid));
            std::unique_ptr<Table> table = TRY(exec.table(std::move(rows)));
            if (node.op == AggregateOp::quantile) return aggregate_quantile(exec, node, std::move(table), param);
            return aggregate_select(exec, node, std::move(table), param);
        }
        default: return aggregate_streaming(exec, node, std::move(rows));
    }
}

}  // namespace belfry::promql
