#pragma once

#include "query/promql/ast.h"

#include <string>
#include <string_view>

namespace belfry::promql {

enum class TokenKind : uint8_t {
    end,
    error,
    comma,
    colon,
    string,
    number,
    duration,
    identifier,
    metric_identifier,  // with a colon inside
    left_paren,
    right_paren,
    left_brace,
    right_brace,
    left_bracket,
    right_bracket,
    eq,  // "=" of a matcher
    eq_regex,
    not_regex,
    unequal,  // matcher and operator
    at,
    op,          // a binary operator; `Token::op`
    aggregator,  // `Token::aggregate`
    by,
    without,
    on,
    ignoring,
    group_left,
    group_right,
    fill,
    fill_left,
    fill_right,
    bool_,
    offset,
    anchored,
    smoothed,
    start,
    end_word,
    step,
    range,
    max_of,
    min_of
};

struct Token {
    TokenKind kind = TokenKind::end;
    BinaryOp op = BinaryOp::add;
    AggregateOp aggregate = AggregateOp::sum;
    Span at;
};

/// Cuts the text of a query into tokens; comments and spaces are left out. What a word or a colon is depends on the
/// brackets around it. After `error` the lexer answers `error` for ever.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}  // borrowed, outlives this

    [[nodiscard]] Token next();
    /// The sentence of the last `error` token.
    [[nodiscard]] const std::string& error() const { return error_; }

  private:
    Token make(TokenKind kind);
    Token make_op(BinaryOp op);
    template <typename... Args>
    Token fail(fmt::format_string<Args...> format, Args&&... args);
    [[nodiscard]] char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    [[nodiscard]] bool take(char c);
    [[nodiscard]] std::string quoted_character() const;
    void skip_blank();
    Token inside_braces();
    Token inside_brackets();
    Token outside();
    Token word();
    Token string(char quote);
    Token number_or_duration();
    [[nodiscard]] bool scan_number();
    [[nodiscard]] bool scan_duration();
    [[nodiscard]] bool followed_by_paren() const;

    std::string_view text_;
    size_t at_ = 0;
    size_t start_ = 0;  // of the current token
    int parens_ = 0;
    bool in_braces_ = false;
    bool in_brackets_ = false;
    bool seen_colon_ = false;  // in these brackets
    bool failed_ = false;
    std::string error_;
};

/// How a message names a token: `identifier "foo"`, `<op:*>`, `<by>`, `<aggr:sum>`, `end of input`.
[[nodiscard]] std::string describe(const Token& token, std::string_view text);

}  // namespace belfry::promql
