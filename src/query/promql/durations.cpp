// The values of duration expressions.
#include "query/promql/ast.h"
#include "query/promql/check.h"
#include "query/promql/parse_state.h"

namespace belfry::promql {

Result<double> DurationExpr::evaluate(const DurationContext& context) const {
    double left = 0;
    double right = 0;
    if (lhs) left = TRY(lhs->evaluate(context));
    if (rhs) right = TRY(rhs->evaluate(context));
    switch (op) {
        case Op::literal: return seconds;
        case Op::step: return static_cast<double>(context.step_ms) / 1000;
        case Op::range: return static_cast<double>(context.range_ms) / 1000;
        case Op::min_of: return std::min(left, right);
        case Op::max_of: return std::max(left, right);
        case Op::plus: return right;
        case Op::minus: return -right;
        case Op::add: return left + right;
        case Op::sub: return left - right;
        case Op::mul: return left * right;
        case Op::div:
            if (right == 0) return make_error(Code::invalid, "division by zero");
            return left / right;
        case Op::mod:
            if (right == 0) return make_error(Code::invalid, "modulo by zero");
            return std::fmod(left, right);
        case Op::pow: return std::pow(left, right);
    }
    return 0.0;
}

namespace {

class Resolver {
  public:
    Resolver(const DurationContext& context, std::string_view text) : context_(context), text_(text) {}

    Status resolve(Expr& expr) const {
        if (auto* selector = try_as<VectorSelector>(expr)) return resolve(selector->offset);
        if (auto* matrix = try_as<MatrixSelector>(expr)) {
            TRY(positive(matrix->range_expr.get(), &matrix->range_ms));
            return resolve(matrix->selector->offset);
        }
        if (auto* subquery = try_as<Subquery>(expr)) {
            TRY(positive(subquery->range_expr.get(), &subquery->range_ms));
            TRY(positive(subquery->step_expr.get(), &subquery->step_ms));
            TRY(resolve(subquery->offset));
        }
        for (Expr* child : children(expr))
            TRY(resolve(*child));
        return {};
    }

  private:
    Status resolve(Offset& offset) const {
        if (offset.expr) offset.ms = TRY(value_ms(*offset.expr));
        return {};
    }

    Status positive(const DurationExpr* expr, int64_t* out) const {
        if (expr == nullptr) return {};
        *out = TRY(value_ms(*expr));
        if (*out <= 0) return parse_error(text_, expr->at.from, "duration must be greater than 0");
        return {};
    }

    // Whole milliseconds towards zero.
    Result<int64_t> value_ms(const DurationExpr& expr) const {
        auto seconds = expr.evaluate(context_);
        if (!seconds) return parse_error(text_, expr.at.from, seconds.error().message);
        if (std::isnan(*seconds) || std::isinf(*seconds))
            return parse_error(text_, expr.at.from, "duration is NaN or infinite");
        if (!duration_ms(*seconds)) return parse_error(text_, expr.at.from, "duration is out of range");
        return static_cast<int64_t>(*seconds * 1000);
    }

    const DurationContext& context_;
    std::string_view text_;
};

}  // namespace

Status resolve_durations(Expr& expr, const DurationContext& context, std::string_view text) {
    return Resolver(context, text).resolve(expr);
}

}  // namespace belfry::promql
