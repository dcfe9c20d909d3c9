#include "query/promql/exec.h"

namespace belfry::promql {

Result<std::shared_ptr<const query::SeriesSet>> Exec::select(const model::Matchers& matchers, int64_t from_ms, int64_t to_ms,
                                                              const model::SelectHints& hints) {
    std::shared_ptr<const query::SeriesSet> set =
        TRY(setup_.source.select_for(setup_.options.tenant, matchers, {from_ms, to_ms + 1}, hints, setup_.budget));
    sets_.push_back(set);
    return set;
}

Result<std::vector<double>> Exec::scalar(const Expr& expr, const Grid& grid) {
    switch (expr.kind) {
        case ExprKind::number: return std::vector<double>(grid.count, as<NumberLiteral>(expr).value);
        case ExprKind::paren: return scalar(*as<Paren>(expr).expr, grid);
        case ExprKind::step_invariant: {
            const std::vector<double> once = TRY(scalar(*as<StepInvariant>(expr).expr, {grid.start_ms, grid.step_ms, 1}));
            return std::vector<double>(grid.count, once[0]);
        }
        case ExprKind::unary: {
            const auto& unary = as<Unary>(expr);
            std::vector<double> values = TRY(scalar(*unary.expr, grid));
            if (unary.negative)
                for (double& value : values) value = -value;
            return values;
        }
        case ExprKind::binary: {
            const auto& binary = as<Binary>(expr);
            std::vector<double> lhs = TRY(scalar(*binary.lhs, grid));
            const std::vector<double> rhs = TRY(scalar(*binary.rhs, grid));
            // Between scalars a comparison always has `bool`; the parser sees to it.
            for (size_t i = 0; i < lhs.size(); i++) lhs[i] = binary_float(binary.op, lhs[i], rhs[i], true);
            return lhs;
        }
        case ExprKind::call: return eval_scalar_call(*this, as<Call>(expr), grid);
        default: break;
    }
    return make_error(Code::internal, "unexpected expression where a scalar stands");
}

Result<RowsPtr> Exec::vector(const Expr& expr, const Grid& grid) {
    TRY(setup_.budget.check());
    switch (expr.kind) {
        case ExprKind::paren: return vector(*as<Paren>(expr).expr, grid);
        case ExprKind::step_invariant: return vector_at_all_steps(*as<StepInvariant>(expr).expr, grid);
        case ExprKind::vector_selector: return eval_selector(*this, as<VectorSelector>(expr), grid, SelectorShows::value);
        case ExprKind::aggregate: return eval_aggregate(*this, as<Aggregate>(expr), grid);
        case ExprKind::binary: return eval_binary(*this, as<Binary>(expr), grid);
        case ExprKind::call: return eval_call(*this, as<Call>(expr), grid);
        case ExprKind::unary: {
            const auto& unary = as<Unary>(expr);
            RowsPtr rows = TRY(vector(*unary.expr, grid));
            if (!unary.negative) return rows;
            return negate_rows(std::move(rows));
        }
        default: break;
    }
    return make_error(Code::internal, "unexpected expression where an instant vector stands");
}

Result<RowsPtr> Exec::vector_at_all_steps(const Expr& expr, const Grid& grid) {
    if (grid.count == 1) return vector(expr, grid);
    std::unique_ptr<Table> once = TRY(table(expr, {grid.start_ms, grid.step_ms, 1}));
    return repeat_rows(std::move(once), grid);
}

Result<std::unique_ptr<Table>> Exec::table(RowsPtr rows) {
    return materialise(std::move(rows), setup_.workers, setup_.budget, annotations_);
}

Result<std::unique_ptr<Table>> Exec::table(const Expr& expr, const Grid& grid) { return table(TRY(vector(expr, grid))); }

Result<RangeRowsPtr> Exec::range(const Expr& expr, const Grid& grid, bool by_records) {
    switch (expr.kind) {
        case ExprKind::paren: return range(*as<Paren>(expr).expr, grid, by_records);
        // A window with @ is the same at every step by itself.
        case ExprKind::step_invariant: return range(*as<StepInvariant>(expr).expr, grid, by_records);
        case ExprKind::matrix_selector: return eval_matrix_selector(*this, as<MatrixSelector>(expr), grid, by_records);
        case ExprKind::subquery: return eval_subquery(*this, as<Subquery>(expr), grid);
        default: break;
    }
    return make_error(Code::internal, "unexpected expression where a range vector stands");
}

const std::string& Exec::string(const Expr& expr) { return as<StringLiteral>(unwrap(expr)).value; }

Status merge_equal_labels(Exec& exec, Table& table, bool final_names) {
    const LabelFilter drop = LabelFilter::all_but({}, true);
    LabelIndex index(exec.arena());
    std::vector<uint32_t> target(table.count());
    std::vector<size_t> first;  // row of each distinct set
    std::string bytes;
    bool doubled = false;
    for (size_t row = 0; row < table.count(); row++) {
        Rows::Head head = table.head(row);
        if (final_names && head.drop_name) {
            drop.apply(head.labels, bytes);
        } else {
            bytes.assign(head.labels.bytes());
        }
        target[row] = index.find_or_add(bytes);
        if (target[row] == first.size()) first.push_back(row);
        else doubled = true;
        head.labels = index.labels(target[row]);
        if (final_names) head.drop_name = false;
        table.set_head(row, head);
    }
    if (!doubled) return {};
    for (size_t row = 0; row < table.count(); row++) {
        const size_t into = first[target[row]];
        if (into == row) continue;
        const Cells to = table.cells(into);
        const Cells from = table.cells(row);
        for (size_t i = 0; i < to.count; i++) {
            if (!from.present(i)) continue;
            if (to.present(i)) return make_error(Code::internal, "vector cannot contain metrics with the same labelset");
            to.values[i] = from.values[i];
            if (from.has_histograms() && (*from.histograms)[i]) to.set(i, (*from.histograms)[i]);
        }
    }
    table.reorder(first);
    return {};
}

}  // namespace belfry::promql
