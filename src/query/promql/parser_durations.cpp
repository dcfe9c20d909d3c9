// Durations and arithmetic on them: inside brackets and behind `offset`.
#include "query/promql/literal.h"
#include "query/promql/parse_state.h"

namespace belfry::promql {
namespace {

constexpr double SECONDS_MAX = 9'223'372'036.0;  // 292 years: nanoseconds fit 64 bits

int precedence(BinaryOp op) {
    switch (op) {
        case BinaryOp::add:
        case BinaryOp::sub: return 1;
        case BinaryOp::mul:
        case BinaryOp::div:
        case BinaryOp::mod: return 2;
        case BinaryOp::pow: return 3;
        default: return -1;
    }
}

DurationExpr::Op duration_op(BinaryOp op) {
    switch (op) {
        case BinaryOp::add: return DurationExpr::Op::add;
        case BinaryOp::sub: return DurationExpr::Op::sub;
        case BinaryOp::mul: return DurationExpr::Op::mul;
        case BinaryOp::div: return DurationExpr::Op::div;
        case BinaryOp::mod: return DurationExpr::Op::mod;
        default: return DurationExpr::Op::pow;
    }
}

bool is_plain_literal(const DurationExpr& expr) {
    return expr.op == DurationExpr::Op::literal && !expr.parenthesised;
}

}  // namespace

Result<int64_t> duration_ms(double seconds) {
    if (std::isnan(seconds) || std::abs(seconds) > SECONDS_MAX)
        return make_error(Code::invalid, "duration out of range");
    return static_cast<int64_t>(std::round(seconds * 1e9)) / 1'000'000;
}

Result<double> Parser::seconds() {
    if (is(TokenKind::duration)) {
        auto ms = parse_duration(raw(token_));
        if (!ms) return fail_with(token_.at, ms.error());
        return static_cast<double>(*ms) / 1000;
    }
    auto value = parse_number(raw(token_));
    if (!value) return fail_with(token_.at, value.error());
    return *value;
}

Result<Parser::Duration> Parser::fold(DurationPtr expr) const {
    Duration out;
    if (is_plain_literal(*expr)) {
        auto ms = duration_ms(expr->seconds);
        if (!ms) return fail_with(expr->at, ms.error());
        out.ms = *ms;
        return out;
    }
    TRY(experimental(expr->at, "duration expression"));
    out.expr = std::move(expr);
    return out;
}

Result<Parser::Duration> Parser::positive_duration(std::string_view context) {
    duration_context_ = context;
    auto expr = TRY(duration_binary(0));
    const bool literal = is_plain_literal(*expr);
    const Span at = expr->at;
    if (literal && !(expr->seconds > 0)) return fail(at, "duration must be greater than 0");
    auto out = TRY(fold(std::move(expr)));
    if (literal && out.ms == 0) return fail(at, "duration must be at least 1ms");
    return out;
}

// A literal, a call or something in parentheses, with a sign or without: what follows is arithmetic on the selector.
Result<Parser::Duration> Parser::offset_duration() {
    duration_context_ = "offset";
    if (!is_sign()) return fold(TRY(duration_primary()));
    const Token sign = token_;
    TRY(advance());
    auto operand = TRY(duration_primary());
    if (is_plain_literal(*operand)) {
        if (sign.op == BinaryOp::sub) operand->seconds = -operand->seconds;
        operand->at.from = sign.at.from;
        return fold(std::move(operand));
    }
    if (sign.op == BinaryOp::add) return fold(std::move(operand));
    auto node = std::make_unique<DurationExpr>();
    node->op = DurationExpr::Op::minus;
    node->at = {sign.at.from, operand->at.to};
    node->height = operand->height + 1;
    node->rhs = std::move(operand);
    return fold(std::move(node));
}

Result<DurationPtr> Parser::duration_binary(int precedence_min) {
    const Deeper deeper(*this);
    TRY(check_depth(depth_, token_.at));
    auto lhs = TRY(duration_unary());
    while (is(TokenKind::op) && precedence(token_.op) >= std::max(precedence_min, 0)) {
        const Token op = token_;
        const int own = precedence(op.op);
        TRY(advance());
        auto rhs = TRY(duration_binary(op.op == BinaryOp::pow ? own : own + 1));
        if (rhs->op == DurationExpr::Op::literal && rhs->seconds == 0) {
            if (op.op == BinaryOp::div) return fail(op.at, "division by zero");
            if (op.op == BinaryOp::mod) return fail(op.at, "modulo by zero");
        }
        auto node = std::make_unique<DurationExpr>();
        node->op = duration_op(op.op);
        node->at = {lhs->at.from, rhs->at.to};
        node->height = std::max(lhs->height, rhs->height) + 1;
        TRY(check_depth(node->height, op.at));
        node->lhs = std::move(lhs);
        node->rhs = std::move(rhs);
        lhs = std::move(node);
    }
    return lhs;
}

Result<DurationPtr> Parser::duration_unary() {
    if (!is_sign()) return duration_primary();
    const Token sign = token_;
    TRY(advance());
    auto operand = TRY(duration_binary(precedence(BinaryOp::pow)));
    if (is_plain_literal(*operand)) {
        if (sign.op == BinaryOp::sub) operand->seconds = -operand->seconds;
        operand->at.from = sign.at.from;
        return operand;
    }
    if (sign.op == BinaryOp::add) return operand;
    auto node = std::make_unique<DurationExpr>();
    node->op = DurationExpr::Op::minus;
    node->at = {sign.at.from, operand->at.to};
    node->height = operand->height + 1;
    node->rhs = std::move(operand);
    return node;
}

Result<DurationPtr> Parser::duration_primary() {
    switch (token_.kind) {
        case TokenKind::number:
        case TokenKind::duration: return duration_literal();
        case TokenKind::step:
        case TokenKind::range:
        case TokenKind::max_of:
        case TokenKind::min_of: return duration_call();
        case TokenKind::left_paren: {
            const uint32_t from = token_.at.from;
            TRY(advance());
            auto inner = TRY(duration_binary(0));
            TRY(expect(TokenKind::right_paren, duration_context_, "\")\""));
            inner->parenthesised = true;
            inner->at = {from, end_};
            return inner;
        }
        default: {
            const bool step_only = duration_context_ == "subquery selector";
            return unexpected(duration_context_, step_only ? "number, duration, step(), range(), or \"]\""
                                                           : "number, duration, step(), or range()");
        }
    }
}

Result<DurationPtr> Parser::duration_literal() {
    auto node = std::make_unique<DurationExpr>();
    node->at = token_.at;
    node->written_as_duration = is(TokenKind::duration);
    node->seconds = TRY(seconds());
    if (std::abs(node->seconds) > SECONDS_MAX) return fail(token_.at, "duration out of range");
    TRY(advance());
    return node;
}

Result<DurationPtr> Parser::duration_call() {
    auto node = std::make_unique<DurationExpr>();
    const Token word = token_;
    TRY(advance());
    TRY(expect(TokenKind::left_paren, duration_context_, "\"(\""));
    if (word.kind == TokenKind::step || word.kind == TokenKind::range) {
        node->op = word.kind == TokenKind::step ? DurationExpr::Op::step : DurationExpr::Op::range;
    } else {
        node->op = word.kind == TokenKind::max_of ? DurationExpr::Op::max_of : DurationExpr::Op::min_of;
        node->lhs = TRY(duration_binary(0));
        TRY(expect(TokenKind::comma, duration_context_, "\",\""));
        node->rhs = TRY(duration_binary(0));
        node->height = std::max(node->lhs->height, node->rhs->height) + 1;
    }
    TRY(expect(TokenKind::right_paren, duration_context_, "\")\""));
    node->at = {word.at.from, end_};
    return node;
}

}  // namespace belfry::promql
