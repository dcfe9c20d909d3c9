#include "query/promql/ast.h"

namespace belfry::promql {

std::string_view to_string(ValueType type) {
    switch (type) {
        case ValueType::none: return "none";
        case ValueType::scalar: return "scalar";
        case ValueType::string: return "string";
        case ValueType::vector: return "vector";
        case ValueType::matrix: return "matrix";
    }
    return "";
}

std::string_view describe(ValueType type) {
    switch (type) {
        case ValueType::vector: return "instant vector";
        case ValueType::matrix: return "range vector";
        default: return to_string(type);
    }
}

std::string_view to_string(AggregateOp op) {
    static constexpr std::string_view NAMES[] = {"avg",         "bottomk", "count", "count_values", "group",
                                                 "limit_ratio", "limitk",  "max",   "min",          "quantile",
                                                 "stddev",      "stdvar",  "sum",   "topk"};
    return NAMES[static_cast<size_t>(op)];
}

std::string_view to_string(BinaryOp op) {
    static constexpr std::string_view NAMES[] = {
        "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", ">=", "<", "<=", "and", "or", "unless", "</", ">/"};
    return NAMES[static_cast<size_t>(op)];
}

std::string_view to_string(Cardinality cardinality) {
    static constexpr std::string_view NAMES[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
    return NAMES[static_cast<size_t>(cardinality)];
}

const Expr& unwrap(const Expr& expr) {
    const Expr* at = &expr;
    while (true) {
        if (const auto* paren = try_as<Paren>(*at))
            at = paren->expr.get();
        else if (const auto* invariant = try_as<StepInvariant>(*at))
            at = invariant->expr.get();
        else
            return *at;
    }
}

namespace {

template <typename E>
std::vector<E*> children_of(E& expr) {
    switch (expr.kind) {
        case ExprKind::number:
        case ExprKind::string:
        case ExprKind::vector_selector: return {};
        case ExprKind::matrix_selector: return {as<MatrixSelector>(expr).selector.get()};
        case ExprKind::subquery: return {as<Subquery>(expr).expr.get()};
        case ExprKind::unary: return {as<Unary>(expr).expr.get()};
        case ExprKind::paren: return {as<Paren>(expr).expr.get()};
        case ExprKind::step_invariant: return {as<StepInvariant>(expr).expr.get()};
        case ExprKind::binary: return {as<Binary>(expr).lhs.get(), as<Binary>(expr).rhs.get()};
        case ExprKind::aggregate: {
            auto& node = as<Aggregate>(expr);
            if (node.param) return {node.param.get(), node.expr.get()};
            return {node.expr.get()};
        }
        case ExprKind::call: {
            std::vector<E*> out;
            for (const auto& arg : as<Call>(expr).args)
                out.push_back(arg.get());
            return out;
        }
    }
    return {};
}

}  // namespace

std::vector<const Expr*> children(const Expr& expr) {
    return children_of(expr);
}
std::vector<Expr*> children(Expr& expr) {
    return children_of(expr);
}

DurationPtr clone(const DurationExpr* expr) {
    if (expr == nullptr) return nullptr;
    auto out = std::make_unique<DurationExpr>();
    out->op = expr->op;
    out->seconds = expr->seconds;
    out->written_as_duration = expr->written_as_duration;
    out->parenthesised = expr->parenthesised;
    out->height = expr->height;
    out->lhs = clone(expr->lhs.get());
    out->rhs = clone(expr->rhs.get());
    out->at = expr->at;
    return out;
}

namespace {

template <typename T>
std::unique_ptr<T> start_clone(const T& from) {
    auto out = std::make_unique<T>();
    out->type = from.type;
    out->at = from.at;
    out->height = from.height;
    return out;
}

Offset clone_offset(const Offset& from) {
    return {from.ms, clone(from.expr.get())};
}

std::unique_ptr<VectorSelector> clone_node(const VectorSelector& from) {
    auto out = start_clone(from);
    out->name = from.name;
    out->matchers = from.matchers;
    out->offset = clone_offset(from.offset);
    out->at_time = from.at_time;
    out->edges = from.edges;
    out->may_match_empty = from.may_match_empty;
    return out;
}

std::unique_ptr<Subquery> clone_node(const Subquery& from) {
    auto out = start_clone(from);
    out->expr = clone(*from.expr);
    out->range_ms = from.range_ms;
    out->range_expr = clone(from.range_expr.get());
    out->step_ms = from.step_ms;
    out->step_expr = clone(from.step_expr.get());
    out->offset = clone_offset(from.offset);
    out->at_time = from.at_time;
    return out;
}

std::unique_ptr<Aggregate> clone_node(const Aggregate& from) {
    auto out = start_clone(from);
    out->op = from.op;
    out->expr = clone(*from.expr);
    if (from.param) out->param = clone(*from.param);
    out->without = from.without;
    out->grouping = from.grouping;
    return out;
}

std::unique_ptr<Binary> clone_node(const Binary& from) {
    auto out = start_clone(from);
    out->op = from.op;
    out->lhs = clone(*from.lhs);
    out->rhs = clone(*from.rhs);
    out->return_bool = from.return_bool;
    out->matching = from.matching;
    return out;
}

std::unique_ptr<MatrixSelector> clone_node(const MatrixSelector& from) {
    auto out = start_clone(from);
    out->selector = clone_node(*from.selector);
    out->range_ms = from.range_ms;
    out->range_expr = clone(from.range_expr.get());
    return out;
}

std::unique_ptr<Call> clone_node(const Call& from) {
    auto out = start_clone(from);
    out->function = from.function;
    for (const auto& arg : from.args)
        out->args.push_back(clone(*arg));
    return out;
}

}  // namespace

ExprPtr clone(const Expr& expr) {
    switch (expr.kind) {
        case ExprKind::number: {
            auto out = start_clone(as<NumberLiteral>(expr));
            out->value = as<NumberLiteral>(expr).value;
            out->written_as_duration = as<NumberLiteral>(expr).written_as_duration;
            return out;
        }
        case ExprKind::string: {
            auto out = start_clone(as<StringLiteral>(expr));
            out->value = as<StringLiteral>(expr).value;
            return out;
        }
        case ExprKind::vector_selector: return clone_node(as<VectorSelector>(expr));
        case ExprKind::matrix_selector: return clone_node(as<MatrixSelector>(expr));
        case ExprKind::subquery: return clone_node(as<Subquery>(expr));
        case ExprKind::call: return clone_node(as<Call>(expr));
        case ExprKind::aggregate: return clone_node(as<Aggregate>(expr));
        case ExprKind::binary: return clone_node(as<Binary>(expr));
        case ExprKind::unary: {
            auto out = start_clone(as<Unary>(expr));
            out->negative = as<Unary>(expr).negative;
            out->expr = clone(*as<Unary>(expr).expr);
            return out;
        }
        case ExprKind::paren: {
            auto out = start_clone(as<Paren>(expr));
            out->expr = clone(*as<Paren>(expr).expr);
            return out;
        }
        case ExprKind::step_invariant: {
            auto out = start_clone(as<StepInvariant>(expr));
            out->expr = clone(*as<StepInvariant>(expr).expr);
            return out;
        }
    }
    return nullptr;
}

std::string line_and_column(std::string_view text, uint32_t byte) {
    if (text.empty()) return "unknown position";
    const std::string_view before = text.substr(0, byte);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return fmt::format("{}:{}", line, byte - line_start + 1);
}

}  // namespace belfry::promql
