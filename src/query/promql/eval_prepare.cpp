#include "query/promql/exec.h"

namespace belfry::promql {
namespace {

struct Invariance {
    bool invariant = false;
    bool worth_wrapping = false;  // literals are not
};

struct Ends {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
};

// Their value depends on the evaluation time even when all arguments are pinned.
bool depends_on_time(FunctionId id) {
    switch (id) {
        case FunctionId::day_of_month:
        case FunctionId::day_of_week:
        case FunctionId::day_of_year:
        case FunctionId::days_in_month:
        case FunctionId::hour:
        case FunctionId::minute:
        case FunctionId::month:
        case FunctionId::predict_linear:
        case FunctionId::time:
        case FunctionId::timestamp:
        case FunctionId::year: return true;
        default: return false;
    }
}

void wrap(ExprPtr& expr) {
    if (expr->kind == ExprKind::step_invariant) return;
    auto wrapped = std::make_unique<StepInvariant>();
    wrapped->type = expr->type;
    wrapped->at = expr->at;
    wrapped->expr = std::move(expr);
    expr = std::move(wrapped);
}

void pin(AtModifier& at, const Ends& ends) {
    if (at.kind == AtModifier::Kind::start) at = {AtModifier::Kind::timestamp, ends.start_ms};
    if (at.kind == AtModifier::Kind::end) at = {AtModifier::Kind::timestamp, ends.end_ms};
}

Invariance visit(Expr& expr, const Ends& ends);

// All parts: invariant together, or each invariant one is wrapped by itself.
Invariance visit_parts(std::initializer_list<ExprPtr*> parts, const Ends& ends, bool may_be_invariant = true) {
    std::vector<Invariance> found;
    bool all = may_be_invariant;
    bool worth = false;
    for (ExprPtr* part : parts) {
        found.push_back(*part ? visit(**part, ends) : Invariance{true, false});
        all = all && found.back().invariant;
        worth = worth || found.back().worth_wrapping;
    }
    if (all) return {true, worth};
    size_t i = 0;
    for (ExprPtr* part : parts) {
        if (found[i].invariant && found[i].worth_wrapping) wrap(*part);
        i++;
    }
    return {};
}

Invariance visit(Expr& expr, const Ends& ends) {
    switch (expr.kind) {
        case ExprKind::number:
        case ExprKind::string: return {true, false};
        case ExprKind::vector_selector: {
            auto& node = as<VectorSelector>(expr);
            pin(node.at_time, ends);
            const bool fixed = node.at_time.kind != AtModifier::Kind::none;
            return {fixed, fixed};
        }
        case ExprKind::matrix_selector: return visit(*as<MatrixSelector>(expr).selector, ends);
        case ExprKind::subquery: {
            auto& node = as<Subquery>(expr);
            pin(node.at_time, ends);
            (void)visit_parts({&node.expr}, ends, false);
            const bool fixed = node.at_time.kind != AtModifier::Kind::none;
            return {fixed, fixed};
        }
        case ExprKind::call: {
            auto& node = as<Call>(expr);
            bool all = !depends_on_time(node.function->id);
            bool worth = true;  // a call is always worth it, unless it is a constant without arguments
            std::vector<Invariance> found;
            for (ExprPtr& arg : node.args) {
                found.push_back(visit(*arg, ends));
                all = all && found.back().invariant;
            }
            if (all) return {true, worth};
            for (size_t i = 0; i < node.args.size(); i++)
                if (found[i].invariant && found[i].worth_wrapping) wrap(node.args[i]);
            return {};
        }
        case ExprKind::aggregate: {
            auto& node = as<Aggregate>(expr);
            return visit_parts({&node.expr, &node.param}, ends);
        }
        case ExprKind::binary: {
            auto& node = as<Binary>(expr);
            return visit_parts({&node.lhs, &node.rhs}, ends);
        }
        case ExprKind::unary: return visit_parts({&as<Unary>(expr).expr}, ends);
        case ExprKind::paren: return visit_parts({&as<Paren>(expr).expr}, ends);
        case ExprKind::step_invariant: return {true, true};
    }
    return {};
}

}  // namespace

ExprPtr prepare(ExprPtr expr, int64_t query_start_ms, int64_t query_end_ms) {
    const Invariance whole = visit(*expr, {query_start_ms, query_end_ms});
    if (whole.invariant && whole.worth_wrapping) wrap(expr);
    return expr;
}

}  // namespace belfry::promql
