#include "alarm/rules/split.h"

#include "query/promql/parser.h"
#include "query/promql/print.h"

namespace belfry::alarm {
namespace {

using promql::BinaryOp;

/// The number that a scalar made of literals is: `5`, `-1`, `20 * 1024 ^ 2`.
std::optional<double> constant(const promql::Expr& expr) {
    const promql::Expr& e = promql::unwrap(expr);
    if (const auto* number = promql::try_as<promql::NumberLiteral>(e)) return number->value;
    if (const auto* unary = promql::try_as<promql::Unary>(e)) {
        const std::optional<double> v = constant(*unary->expr);
        if (!v) return std::nullopt;
        return unary->negative ? -*v : *v;
    }
    const auto* binary = promql::try_as<promql::Binary>(e);
    if (!binary) return std::nullopt;
    const std::optional<double> a = constant(*binary->lhs);
    const std::optional<double> b = constant(*binary->rhs);
    if (!a || !b) return std::nullopt;
    switch (binary->op) {
        case BinaryOp::add: return *a + *b;
        case BinaryOp::sub: return *a - *b;
        case BinaryOp::mul: return *a * *b;
        case BinaryOp::div: return *a / *b;
        case BinaryOp::mod: return std::fmod(*a, *b);
        case BinaryOp::pow: return std::pow(*a, *b);
        default: return std::nullopt;
    }
}

BinaryOp mirrored(BinaryOp op) {
    switch (op) {
        case BinaryOp::gt: return BinaryOp::lt;
        case BinaryOp::ge: return BinaryOp::le;
        case BinaryOp::lt: return BinaryOp::gt;
        case BinaryOp::le: return BinaryOp::ge;
        default: return op;
    }
}

}  // namespace

bool Condition::breaches(double v, double limit) const {
    switch (op) {
        case BinaryOp::gt: return v > limit;
        case BinaryOp::ge: return v >= limit;
        case BinaryOp::lt: return v < limit;
        case BinaryOp::le: return v <= limit;
        case BinaryOp::eq: return v == limit;
        case BinaryOp::ne: return v != limit;
        default: return false;
    }
}

double Condition::worse(double a, double b) const {
    switch (op) {
        case BinaryOp::gt:
        case BinaryOp::ge: return std::max(a, b);
        case BinaryOp::lt:
        case BinaryOp::le: return std::min(a, b);
        default: return breaches(b) && !breaches(a) ? b : a;
    }
}

Result<Condition> read_condition(std::string_view text) {
    Condition out;
    out.text = text;
    out.whole = TRY(promql::parse(text));
    if (out.whole->type != promql::ValueType::vector && out.whole->type != promql::ValueType::scalar)
        return make_error(Code::invalid, "the expression gives neither a vector nor a number");
    const auto* binary = promql::try_as<promql::Binary>(promql::unwrap(*out.whole));
    if (!binary || !promql::is_comparison(binary->op) || binary->return_bool) return out;
    const bool left = binary->lhs->type == promql::ValueType::vector;
    const bool right = binary->rhs->type == promql::ValueType::vector;
    if (left == right) return out;
    const std::optional<double> threshold = constant(left ? *binary->rhs : *binary->lhs);
    if (!threshold) return out;
    out.split = true;
    out.value_text = promql::print(left ? *binary->lhs : *binary->rhs);
    out.value = TRY(promql::parse(out.value_text));  // so that positions in warnings are those of its own text
    out.op = left ? binary->op : mirrored(binary->op);
    out.threshold = *threshold;
    return out;
}

}  // namespace belfry::alarm
