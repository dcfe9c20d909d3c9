#pragma once

#include "query/promql/check.h"
#include "query/promql/lexer.h"
#include "query/promql/parser.h"

namespace belfry::promql {

/// Recursive descent over the tokens of one query; used once. The rules of expressions are in parser.cpp, those of
/// durations in parser_durations.cpp.
class Parser {
  public:
    Parser(std::string_view text, const ParseOptions& options) : text_(text), options_(options), lexer_(text) {}

    [[nodiscard]] Result<ExprPtr> query();
    [[nodiscard]] Result<model::Matchers> selector_only();

  private:
    // tokens
    [[nodiscard]] Status start();
    [[nodiscard]] Status advance();
    [[nodiscard]] bool is(TokenKind kind) const { return token_.kind == kind; }
    [[nodiscard]] bool is_op(BinaryOp op) const { return is(TokenKind::op) && token_.op == op; }
    [[nodiscard]] bool is_sign() const { return is_op(BinaryOp::add) || is_op(BinaryOp::sub); }
    [[nodiscard]] std::string_view raw(const Token& token) const {
        return text_.substr(token.at.from, token.at.to - token.at.from);
    }
    [[nodiscard]] Status expect(TokenKind kind, std::string_view context, std::string_view expected);

    // errors
    template <typename... Args>
    [[nodiscard]] Error fail(Span at, fmt::format_string<Args...> format, Args&&... args) const {
        return parse_error(text_, at.from, fmt::format(format, std::forward<Args>(args)...));
    }
    [[nodiscard]] Error fail_with(Span at, Error error) const { return parse_error(text_, at.from, error.message); }
    [[nodiscard]] Error unexpected(std::string_view context = {}, std::string_view expected = {}) const;
    [[nodiscard]] Status experimental(Span at, std::string_view what) const;

    // the limit on nesting, on the way down (`Deeper`) and up (`grown`)
    struct Deeper {
        explicit Deeper(Parser& parser) : p(parser) { ++p.depth_; }
        ~Deeper() { --p.depth_; }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        Parser& p;
    };
    [[nodiscard]] Status check_depth(uint32_t depth, Span at) const;
    [[nodiscard]] Result<ExprPtr> grown(ExprPtr node) const;

    // expressions
    [[nodiscard]] Result<ExprPtr> binary(int precedence_min);
    [[nodiscard]] Result<ExprPtr> unary();
    [[nodiscard]] Result<ExprPtr> postfix();
    [[nodiscard]] Result<ExprPtr> primary();
    [[nodiscard]] Result<ExprPtr> name_or_call();
    [[nodiscard]] Result<ExprPtr> number();
    [[nodiscard]] Result<ExprPtr> string();
    [[nodiscard]] Result<ExprPtr> parenthesised();
    [[nodiscard]] Result<ExprPtr> call(const Token& name);
    [[nodiscard]] Result<ExprPtr> aggregate(const Token& op);
    [[nodiscard]] Result<ExprPtr> vector_selector(const Token* name);
    [[nodiscard]] Result<std::vector<ExprPtr>> arguments();
    [[nodiscard]] Status matchers(model::Matchers& out);
    [[nodiscard]] Status matcher(model::Matchers& out);
    [[nodiscard]] Status binary_modifiers(Binary& node);
    [[nodiscard]] Result<double> fill_value();
    [[nodiscard]] Result<std::vector<std::string>> grouping();

    // behind an expression
    [[nodiscard]] Result<ExprPtr> range_or_subquery(ExprPtr expr);
    [[nodiscard]] Status offset(Expr& expr);
    [[nodiscard]] Status at_modifier(Expr& expr);
    [[nodiscard]] Status edges(Expr& expr, RangeEdges edges);

    // durations
    struct Duration {
        int64_t ms = 0;
        DurationPtr expr;  // when it is more than a literal
    };
    [[nodiscard]] Result<Duration> positive_duration(std::string_view context);
    [[nodiscard]] Result<Duration> offset_duration();
    [[nodiscard]] Result<DurationPtr> duration_binary(int precedence_min);
    [[nodiscard]] Result<DurationPtr> duration_unary();
    [[nodiscard]] Result<DurationPtr> duration_primary();
    [[nodiscard]] Result<DurationPtr> duration_call();
    [[nodiscard]] Result<DurationPtr> duration_literal();
    [[nodiscard]] Result<Duration> fold(DurationPtr expr) const;
    [[nodiscard]] Result<double> seconds();  // of the number or duration token

    std::string_view text_;
    const ParseOptions& options_;
    Lexer lexer_;
    Token token_;
    uint32_t end_ = 0;  // of the token before
    uint32_t depth_ = 0;
    uint32_t tokens_ = 0;
    std::string_view duration_context_;
};

/// The value in whole milliseconds, or an error sentence when it is out of range.
[[nodiscard]] Result<int64_t> duration_ms(double seconds);

}  // namespace belfry::promql
