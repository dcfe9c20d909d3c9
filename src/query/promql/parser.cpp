#include "query/promql/parser.h"

#include "base/number.h"
#include "model/labels.h"
#include "query/promql/literal.h"
#include "query/promql/parse_state.h"

namespace belfry::promql {
namespace {

constexpr int PRECEDENCE_POW = 6;

int precedence(BinaryOp op) {
    switch (op) {
        case BinaryOp::or_: return 1;
        case BinaryOp::and_:
        case BinaryOp::unless: return 2;
        case BinaryOp::add:
        case BinaryOp::sub: return 4;
        case BinaryOp::mul:
        case BinaryOp::div:
        case BinaryOp::mod:
        case BinaryOp::atan2: return 5;
        case BinaryOp::pow: return PRECEDENCE_POW;
        default: return 3;  // comparisons, trims
    }
}

// Words of the language that may be the name of a metric.
bool may_be_metric(const Token& token) {
    switch (token.kind) {
        case TokenKind::identifier:
        case TokenKind::metric_identifier:
        case TokenKind::aggregator:
        case TokenKind::by:
        case TokenKind::without:
        case TokenKind::fill:
        case TokenKind::fill_left:
        case TokenKind::fill_right:
        case TokenKind::offset:
        case TokenKind::anchored:
        case TokenKind::smoothed:
        case TokenKind::start:
        case TokenKind::end_word:
        case TokenKind::step:
        case TokenKind::range:
        case TokenKind::max_of:
        case TokenKind::min_of: return true;
        case TokenKind::op: return is_set_operator(token.op);
        default: return false;
    }
}

// Words that may be the name of a label in a grouping.
bool may_be_label(const Token& token) {
    switch (token.kind) {
        case TokenKind::on:
        case TokenKind::ignoring:
        case TokenKind::group_left:
        case TokenKind::group_right:
        case TokenKind::bool_: return true;
        case TokenKind::op: return is_set_operator(token.op) || token.op == BinaryOp::atan2;
        default: return may_be_metric(token) && token.kind != TokenKind::without;
    }
}

bool may_be_function(const Token& token) {
    switch (token.kind) {
        case TokenKind::identifier:
        case TokenKind::start:
        case TokenKind::end_word:
        case TokenKind::step:
        case TokenKind::range:
        case TokenKind::max_of:
        case TokenKind::min_of: return true;
        default: return false;
    }
}

bool has_param(AggregateOp op) {
    switch (op) {
        case AggregateOp::topk:
        case AggregateOp::bottomk:
        case AggregateOp::quantile:
        case AggregateOp::count_values:
        case AggregateOp::limitk:
        case AggregateOp::limit_ratio: return true;
        default: return false;
    }
}

}  // namespace

// ---------------------------------------------------------------- tokens and errors

Status Parser::start() {
    if (text_.size() > options_.text_bytes_max) {
        return make_error(Code::invalid, "parse error: the query is {} bytes long, more than {}", text_.size(),
                          options_.text_bytes_max);
    }
    return advance();
}

Status Parser::advance() {
    end_ = token_.at.to;
    token_ = lexer_.next();
    if (is(TokenKind::error)) return fail(token_.at, "{}", lexer_.error());
    if (++tokens_ > options_.tokens_max)
        return fail(token_.at, "the query has more than {} tokens", options_.tokens_max);
    return {};
}

Status Parser::expect(TokenKind kind, std::string_view context, std::string_view expected) {
    if (!is(kind)) return unexpected(context, expected);
    return advance();
}

Error Parser::unexpected(std::string_view context, std::string_view expected) const {
    std::string sentence = "unexpected " + describe(token_, text_);
    if (!context.empty()) (sentence += " in ") += context;
    if (!expected.empty()) (sentence += ", expected ") += expected;
    return fail(token_.at, "{}", sentence);
}

Status Parser::experimental(Span at, std::string_view what) const {
    if (!options_.experimental) return fail(at, "{} is experimental and not enabled", what);
    return {};
}

Status Parser::check_depth(uint32_t depth, Span at) const {
    if (depth > options_.depth_max)
        return fail(at, "the expression is nested deeper than {} levels", options_.depth_max);
    return {};
}

Result<ExprPtr> Parser::grown(ExprPtr node) const {
    uint32_t height = 0;
    for (const Expr* child : children(*node))
        height = std::max(height, child->height);
    node->height = height + 1;
    TRY(check_depth(node->height, node->at));
    return node;
}

// ---------------------------------------------------------------- entry points

Result<ExprPtr> Parser::query() {
    TRY(start());
    if (is(TokenKind::end))
        return make_error(Code::invalid, "{}parse error: no expression found in input",
                          text_.empty() ? "unknown position: " : "1:1: ");
    auto expr = TRY(binary(0));
    if (!is(TokenKind::end)) return unexpected();
    return expr;
}

Result<model::Matchers> Parser::selector_only() {
    TRY(start());
    const Token name = token_;
    const bool named = may_be_metric(name);
    if (named)
        TRY(advance());
    else if (!is(TokenKind::left_brace))
        return unexpected();
    auto expr = TRY(vector_selector(named ? &name : nullptr));
    if (!is(TokenKind::end)) return unexpected();
    return std::move(as<VectorSelector>(*expr).matchers);
}

// ---------------------------------------------------------------- operators

Result<ExprPtr> Parser::binary(int precedence_min) {
    const Deeper deeper(*this);
    TRY(check_depth(depth_, token_.at));
    auto lhs = TRY(unary());
    while (is(TokenKind::op) && precedence(token_.op) >= precedence_min) {
        auto node = std::make_unique<Binary>();
        node->op = token_.op;
        const int own = precedence(token_.op);
        TRY(advance());
        TRY(binary_modifiers(*node));
        node->lhs = std::move(lhs);
        node->rhs = TRY(binary(own == PRECEDENCE_POW ? own : own + 1));  // ^ is right associative
        node->at = {node->lhs->at.from, node->rhs->at.to};
        const bool scalar = node->lhs->type == ValueType::scalar && node->rhs->type == ValueType::scalar;
        node->type = scalar ? ValueType::scalar : ValueType::vector;
        const auto& matching = *node->matching;
        if (matching.fill_left || matching.fill_right) TRY(experimental(node->at, "the fill modifier"));
        lhs = TRY(grown(std::move(node)));
    }
    return lhs;
}

// A sign binds weaker than ^ and stronger than *.
Result<ExprPtr> Parser::unary() {
    if (!is_sign()) return postfix();
    const Token sign = token_;
    TRY(advance());
    auto operand = TRY(binary(PRECEDENCE_POW));
    const bool negative = sign.op == BinaryOp::sub;
    if (auto* literal = try_as<NumberLiteral>(*operand)) {
        literal->at.from = sign.at.from;
        if (negative) literal->value = -literal->value;
        return operand;
    }
    auto node = std::make_unique<Unary>();
    node->negative = negative;
    node->type = operand->type;
    node->at = {sign.at.from, operand->at.to};
    node->expr = std::move(operand);
    return grown(std::move(node));
}

Status Parser::binary_modifiers(Binary& node) {
    auto& matching = node.matching.emplace();
    if (is(TokenKind::bool_)) {
        node.return_bool = true;
        TRY(advance());
    }
    if (is(TokenKind::on) || is(TokenKind::ignoring)) {
        matching.on = is(TokenKind::on);
        TRY(advance());
        matching.labels = TRY(grouping());
        if (is(TokenKind::group_left) || is(TokenKind::group_right)) {
            matching.cardinality = is(TokenKind::group_left) ? Cardinality::many_to_one : Cardinality::one_to_many;
            TRY(advance());
            if (is(TokenKind::left_paren)) matching.include = TRY(grouping());
        }
    }
    if (is(TokenKind::fill)) {
        TRY(advance());
        matching.fill_left = matching.fill_right = TRY(fill_value());
        return {};
    }
    for (int i = 0; i < 2; ++i) {  // each of the two once, in any order
        if (is(TokenKind::fill_left) && !matching.fill_left) {
            TRY(advance());
            matching.fill_left = TRY(fill_value());
        } else if (is(TokenKind::fill_right) && !matching.fill_right) {
            TRY(advance());
            matching.fill_right = TRY(fill_value());
        }
    }
    return {};
}

Result<double> Parser::fill_value() {
    TRY(expect(TokenKind::left_paren, "fill modifier", "\"(\""));
    double sign = 1;
    if (is_sign()) {
        if (is_op(BinaryOp::sub)) sign = -1;
        TRY(advance());
    }
    if (!is(TokenKind::number) && !is(TokenKind::duration)) return unexpected("fill modifier", "number");
    const double value = TRY(seconds());
    TRY(advance());
    TRY(expect(TokenKind::right_paren, "fill modifier", "\")\""));
    return sign * value;
}

Result<std::vector<std::string>> Parser::grouping() {
    TRY(expect(TokenKind::left_paren, "grouping opts", "\"(\""));
    std::vector<std::string> labels;
    while (!is(TokenKind::right_paren)) {
        std::string name;
        if (is(TokenKind::string)) {
            auto text = unquote(raw(token_));
            if (!text)
                return fail(token_.at, "error unquoting string {}: {}", quote(raw(token_)), text.error().message);
            name = *text;
            if (name.empty()) return fail(token_.at, "invalid label name for grouping: \"\"");
        } else if (may_be_label(token_)) {
            name = std::string(raw(token_));
        } else {
            return unexpected("grouping opts", "label");
        }
        labels.push_back(std::move(name));
        TRY(advance());
        if (is(TokenKind::right_paren)) break;
        TRY(expect(TokenKind::comma, "grouping opts", "\",\" or \")\""));
    }
    TRY(advance());
    return labels;
}

// ---------------------------------------------------------------- primary expressions

Result<ExprPtr> Parser::primary() {
    switch (token_.kind) {
        case TokenKind::number:
        case TokenKind::duration: return number();
        case TokenKind::string: return string();
        case TokenKind::left_paren: return parenthesised();
        case TokenKind::left_brace: return vector_selector(nullptr);
        default: break;
    }
    if (may_be_metric(token_)) return name_or_call();
    return unexpected();
}

Result<ExprPtr> Parser::number() {
    auto node = std::make_unique<NumberLiteral>();
    node->at = token_.at;
    node->value = TRY(seconds());
    node->written_as_duration = is(TokenKind::duration);
    TRY(advance());
    return ExprPtr(std::move(node));
}

Result<ExprPtr> Parser::string() {
    auto node = std::make_unique<StringLiteral>();
    node->at = token_.at;
    auto text = unquote(raw(token_));
    if (!text) return fail(token_.at, "error unquoting string {}: {}", quote(raw(token_)), text.error().message);
    node->value = std::move(*text);
    TRY(advance());
    return ExprPtr(std::move(node));
}

Result<ExprPtr> Parser::parenthesised() {
    auto node = std::make_unique<Paren>();
    node->at.from = token_.at.from;
    TRY(advance());
    node->expr = TRY(binary(0));
    TRY(expect(TokenKind::right_paren, {}, {}));
    node->at.to = end_;
    node->type = node->expr->type;
    return grown(std::move(node));
}

Result<ExprPtr> Parser::name_or_call() {
    const Token name = token_;
    TRY(advance());
    if (name.kind == TokenKind::aggregator &&
        (is(TokenKind::left_paren) || is(TokenKind::by) || is(TokenKind::without))) {
        return aggregate(name);
    }
    if (is(TokenKind::left_paren) && may_be_function(name)) return call(name);
    return vector_selector(&name);
}

Result<std::vector<ExprPtr>> Parser::arguments() {
    std::vector<ExprPtr> args;
    TRY(expect(TokenKind::left_paren, "aggregation", {}));
    if (is(TokenKind::right_paren)) {
        TRY(advance());
        return args;
    }
    while (true) {
        args.push_back(TRY(binary(0)));
        if (is(TokenKind::right_paren)) break;
        const Token comma = token_;
        TRY(expect(TokenKind::comma, {}, {}));
        if (is(TokenKind::right_paren)) return fail(comma.at, "trailing commas not allowed in function call args");
    }
    TRY(advance());
    return args;
}

Result<ExprPtr> Parser::call(const Token& name) {
    auto node = std::make_unique<Call>();
    node->function = find_function(raw(name));
    if (node->function == nullptr) return fail(name.at, "unknown function with name {}", quote(raw(name)));
    if (node->function->experimental && !options_.experimental) {
        return fail(name.at, "function {} is not enabled", quote(raw(name)));
    }
    node->args = TRY(arguments());
    node->type = node->function->result;
    node->at = {name.at.from, end_};
    return grown(std::move(node));
}

Result<ExprPtr> Parser::aggregate(const Token& op) {
    auto node = std::make_unique<Aggregate>();
    node->op = op.aggregate;
    const auto modifier = [&]() -> Status {
        node->without = is(TokenKind::without);
        TRY(advance());
        node->grouping = TRY(grouping());
        return {};
    };
    const bool before = is(TokenKind::by) || is(TokenKind::without);
    if (before) TRY(modifier());
    auto args = TRY(arguments());
    if (!before && (is(TokenKind::by) || is(TokenKind::without))) TRY(modifier());
    node->at = {op.at.from, end_};
    if (args.empty()) return fail(node->at, "no arguments for aggregate expression provided");
    const size_t wanted = has_param(node->op) ? 2 : 1;
    if (node->op == AggregateOp::limitk || node->op == AggregateOp::limit_ratio) {
        TRY(experimental(node->at, fmt::format("{}()", to_string(node->op))));
    }
    if (args.size() != wanted) {
        return fail(node->at, "wrong number of arguments for aggregate expression provided, expected {}, got {}",
                    wanted, args.size());
    }
    if (wanted == 2) node->param = std::move(args[0]);
    node->expr = std::move(args[wanted - 1]);
    return grown(std::move(node));
}

// ---------------------------------------------------------------- selectors

// The token after the name, or the brace, is current.
Result<ExprPtr> Parser::vector_selector(const Token* name) {
    auto node = std::make_unique<VectorSelector>();
    node->at.from = name != nullptr ? name->at.from : token_.at.from;
    if (is(TokenKind::left_brace)) {
        TRY(advance());
        TRY(matchers(node->matchers));
    }
    node->at.to = end_;
    if (name != nullptr) {
        node->name = std::string(raw(*name));
        node->matchers.push_back(
            TRY(model::Matcher::make(model::Matcher::Op::equal, std::string(model::METRIC_NAME), node->name)));
    }
    return ExprPtr(std::move(node));
}

Status Parser::matchers(model::Matchers& out) {
    while (!is(TokenKind::right_brace)) {
        TRY(matcher(out));
        if (is(TokenKind::right_brace)) break;
        TRY(expect(TokenKind::comma, "label matching", "\",\" or \"}\""));
    }
    return advance();
}

Status Parser::matcher(model::Matchers& out) {
    using Op = model::Matcher::Op;
    const Token label = token_;
    std::string name;
    if (is(TokenKind::string)) {
        auto text = unquote(raw(label));
        if (!text) return fail(label.at, "error unquoting string {}: {}", quote(raw(label)), text.error().message);
        name = std::move(*text);
    } else if (is(TokenKind::identifier)) {
        name = std::string(raw(label));
    } else {
        return unexpected("label matching", "identifier or \"}\"");
    }
    TRY(advance());
    Op op = Op::equal;
    switch (token_.kind) {
        case TokenKind::eq: break;
        case TokenKind::unequal: op = Op::not_equal; break;
        case TokenKind::eq_regex: op = Op::regex; break;
        case TokenKind::not_regex: op = Op::not_regex; break;
        default:
            if (label.kind != TokenKind::string) return unexpected("label matching", "label matching operator");
            // A quoted string alone is the name of the metric.
            out.push_back(TRY(model::Matcher::make(Op::equal, std::string(model::METRIC_NAME), std::move(name))));
            return {};
    }
    TRY(advance());
    if (!is(TokenKind::string)) return unexpected("label matching", "string");
    auto value = unquote(raw(token_));
    if (!value) return fail(token_.at, "error unquoting string {}: {}", quote(raw(token_)), value.error().message);
    auto made = model::Matcher::make(op, std::move(name), std::move(*value));
    if (!made) return fail_with(label.at, made.error());
    out.push_back(std::move(*made));
    return advance();
}

// ---------------------------------------------------------------- behind an expression

Result<ExprPtr> Parser::postfix() {
    auto expr = TRY(primary());
    while (true) {
        switch (token_.kind) {
            case TokenKind::left_bracket: expr = TRY(range_or_subquery(std::move(expr))); break;
            case TokenKind::offset: TRY(offset(*expr)); break;
            case TokenKind::at: TRY(at_modifier(*expr)); break;
            case TokenKind::anchored: TRY(edges(*expr, RangeEdges::anchored)); break;
            case TokenKind::smoothed: TRY(edges(*expr, RangeEdges::smoothed)); break;
            default: return expr;
        }
    }
}

Result<ExprPtr> Parser::range_or_subquery(ExprPtr expr) {
    const Token bracket = token_;
    TRY(advance());
    auto range = TRY(positive_duration("subquery or range selector"));
    if (is(TokenKind::colon)) {
        TRY(advance());
        auto node = std::make_unique<Subquery>();
        node->range_ms = range.ms;
        node->range_expr = std::move(range.expr);
        if (!is(TokenKind::right_bracket)) {
            auto step = TRY(positive_duration("subquery selector"));
            node->step_ms = step.ms;
            node->step_expr = std::move(step.expr);
        }
        TRY(expect(TokenKind::right_bracket, "subquery selector", "\"]\""));
        node->at = {expr->at.from, end_};
        node->expr = std::move(expr);
        return grown(std::move(node));
    }
    TRY(expect(TokenKind::right_bracket, "subquery or range", "\":\" or \"]\""));
    auto* selector = try_as<VectorSelector>(*expr);
    if (selector == nullptr) return fail(bracket.at, "ranges only allowed for vector selectors");
    if (selector->offset.ms != 0 || selector->offset.expr)
        return fail(bracket.at, "no offset modifiers allowed before range");
    if (selector->at_time.kind != AtModifier::Kind::none)
        return fail(bracket.at, "no @ modifiers allowed before range");
    auto node = std::make_unique<MatrixSelector>();
    node->range_ms = range.ms;
    node->range_expr = std::move(range.expr);
    node->at = {expr->at.from, end_};
    static_cast<void>(expr.release());
    node->selector.reset(selector);
    return grown(std::move(node));
}

namespace {

struct Modifiable {
    Offset* offset = nullptr;  // null: the expression takes no modifiers
    AtModifier* at_time = nullptr;
};

Modifiable modifiable(Expr& expr) {
    if (auto* selector = try_as<VectorSelector>(expr)) return {&selector->offset, &selector->at_time};
    if (auto* matrix = try_as<MatrixSelector>(expr)) return {&matrix->selector->offset, &matrix->selector->at_time};
    if (auto* subquery = try_as<Subquery>(expr)) return {&subquery->offset, &subquery->at_time};
    return {};
}

}  // namespace

Status Parser::offset(Expr& expr) {
    TRY(advance());
    auto duration = TRY(offset_duration());
    const Modifiable target = modifiable(expr);
    if (target.offset == nullptr) {
        return fail(
            expr.at,
            "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
    }
    if (target.offset->ms != 0 || target.offset->expr) return fail(expr.at, "offset may not be set multiple times");
    target.offset->ms = duration.ms;
    target.offset->expr = std::move(duration.expr);
    expr.at.to = end_;
    return {};
}

Status Parser::at_modifier(Expr& expr) {
    TRY(advance());
    AtModifier modifier;
    if (is(TokenKind::start) || is(TokenKind::end_word)) {
        modifier.kind = is(TokenKind::start) ? AtModifier::Kind::start : AtModifier::Kind::end;
        TRY(advance());
        TRY(expect(TokenKind::left_paren, "@", "timestamp"));
        TRY(expect(TokenKind::right_paren, "@", "timestamp"));
    } else {
        double sign = 1;
        if (is_sign()) {
            if (is_op(BinaryOp::sub)) sign = -1;
            TRY(advance());
        }
        if (!is(TokenKind::number) && !is(TokenKind::duration)) return unexpected("@", "timestamp");
        const double time_s = sign * TRY(seconds());
        TRY(advance());
        constexpr double LIMIT_S = 9.2e15;  // in milliseconds it fits 64 bits
        if (std::isnan(time_s) || std::abs(time_s) > LIMIT_S) {
            return fail(expr.at, "timestamp out of bounds for @ modifier: {}", format_double(time_s));
        }
        modifier.kind = AtModifier::Kind::timestamp;
        modifier.time_ms = std::llround(time_s * 1000);
    }
    const Modifiable target = modifiable(expr);
    if (target.at_time == nullptr) {
        return fail(expr.at,
                    "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery");
    }
    if (target.at_time->kind != AtModifier::Kind::none)
        return fail(expr.at, "@ <timestamp> may not be set multiple times");
    *target.at_time = modifier;
    expr.at.to = end_;
    return {};
}

Status Parser::edges(Expr& expr, RangeEdges wanted) {
    const std::string_view word = wanted == RangeEdges::anchored ? "anchored" : "smoothed";
    const Token keyword = token_;
    TRY(advance());
    TRY(experimental(keyword.at, fmt::format("{} modifier", word)));
    RangeEdges* target = nullptr;
    if (auto* selector = try_as<VectorSelector>(expr))
        target = &selector->edges;
    else if (auto* matrix = try_as<MatrixSelector>(expr))
        target = &matrix->selector->edges;
    else if (expr.kind == ExprKind::subquery)
        return fail(expr.at, "{} modifier is not supported for subqueries", word);
    else
        return fail(expr.at, "{} modifier must be preceded by a vector selector", word);
    if (*target != RangeEdges::plain && *target != wanted) {
        return fail(expr.at, "anchored and smoothed modifiers cannot be used together");
    }
    *target = wanted;
    expr.at.to = end_;
    return {};
}

// ---------------------------------------------------------------- public

Result<ExprPtr> parse(std::string_view text, const ParseOptions& options) {
    auto expr = TRY(Parser(text, options).query());
    TRY(check(*expr, text));
    return expr;
}

Result<model::Matchers> parse_selector(std::string_view text, const ParseOptions& options) {
    return Parser(text, options).selector_only();
}

bool matches_all(const model::Matchers& matchers) {
    return std::all_of(matchers.begin(), matchers.end(), [](const model::Matcher& m) { return m.matches_empty(); });
}

}  // namespace belfry::promql
