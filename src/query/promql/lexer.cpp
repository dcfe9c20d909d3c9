#include "query/promql/lexer.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "query/promql/literal.h"

namespace belfry::promql {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_alphanumeric(char c) {
    return is_alpha(c) || is_digit(c);
}

struct Word {
    std::string_view text;  // lower case; any case is accepted
    TokenKind kind;
    BinaryOp op = BinaryOp::add;
    AggregateOp aggregate = AggregateOp::sum;
};
using K = TokenKind;
using A = AggregateOp;

constexpr BinaryOp NO_OP = BinaryOp::add;
constexpr Word WORDS[] = {
    {"and", K::op, BinaryOp::and_},
    {"or", K::op, BinaryOp::or_},
    {"unless", K::op, BinaryOp::unless},
    {"atan2", K::op, BinaryOp::atan2},
    {"sum", K::aggregator, NO_OP, A::sum},
    {"avg", K::aggregator, NO_OP, A::avg},
    {"count", K::aggregator, NO_OP, A::count},
    {"min", K::aggregator, NO_OP, A::min},
    {"max", K::aggregator, NO_OP, A::max},
    {"group", K::aggregator, NO_OP, A::group},
    {"stddev", K::aggregator, NO_OP, A::stddev},
    {"stdvar", K::aggregator, NO_OP, A::stdvar},
    {"topk", K::aggregator, NO_OP, A::topk},
    {"bottomk", K::aggregator, NO_OP, A::bottomk},
    {"count_values", K::aggregator, NO_OP, A::count_values},
    {"quantile", K::aggregator, NO_OP, A::quantile},
    {"limitk", K::aggregator, NO_OP, A::limitk},
    {"limit_ratio", K::aggregator, NO_OP, A::limit_ratio},
    {"offset", K::offset},
    {"smoothed", K::smoothed},
    {"anchored", K::anchored},
    {"by", K::by},
    {"without", K::without},
    {"on", K::on},
    {"ignoring", K::ignoring},
    {"group_left", K::group_left},
    {"group_right", K::group_right},
    {"fill", K::fill},
    {"fill_left", K::fill_left},
    {"fill_right", K::fill_right},
    {"bool", K::bool_},
    {"start", K::start},
    {"end", K::end_word},
    {"step", K::step},
    {"range", K::range},
    {"max_of", K::max_of},
    {"min_of", K::min_of},
    {"inf", K::number},
    {"nan", K::number},
};

const Word* find_word(std::string_view text) {
    constexpr size_t LONGEST = 12;  // count_values
    if (text.size() > LONGEST) return nullptr;
    const std::string word = lower(text);
    const auto* found = std::find_if(std::begin(WORDS), std::end(WORDS), [&](const Word& w) { return w.text == word; });
    return found == std::end(WORDS) ? nullptr : found;
}

}  // namespace

Token Lexer::make(TokenKind kind) {
    return {.kind = kind, .at = {static_cast<uint32_t>(start_), static_cast<uint32_t>(at_)}};
}

Token Lexer::make_op(BinaryOp op) {
    Token token = make(TokenKind::op);
    token.op = op;
    return token;
}

template <typename... Args>
Token Lexer::fail(fmt::format_string<Args...> format, Args&&... args) {
    failed_ = true;
    error_ = fmt::format(format, std::forward<Args>(args)...);
    return make(TokenKind::error);
}

bool Lexer::take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

// The character at the start of the token as 'x'.
std::string Lexer::quoted_character() const {
    const size_t length = std::max<size_t>(1, utf8_length(text_.substr(start_)));
    std::string out = quote(text_.substr(start_, length));
    if (out == "\"'\"") return "'\\''";
    if (out == "\"\\\"\"") return "'\"'";
    out.front() = out.back() = '\'';
    return out;
}

void Lexer::skip_blank() {
    while (at_ < text_.size()) {
        if (is_space(text_[at_])) {
            ++at_;
        } else if (text_[at_] == '#') {
            while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r')
                ++at_;
        } else {
            return;
        }
    }
}

Token Lexer::next() {
    if (failed_) return make(TokenKind::error);
    skip_blank();
    start_ = at_;
    if (in_braces_) return inside_braces();
    if (in_brackets_) return inside_brackets();
    return outside();
}

Token Lexer::inside_braces() {
    if (at_ >= text_.size()) return fail("unexpected end of input inside braces");
    const char c = text_[at_++];
    if (is_alpha(c)) {
        while (is_alphanumeric(peek()))
            ++at_;
        return make(TokenKind::identifier);
    }
    switch (c) {
        case ',': return make(TokenKind::comma);
        case '"':
        case '\'':
        case '`': return string(c);
        case '=': return make(take('~') ? TokenKind::eq_regex : TokenKind::eq);
        case '!':
            if (take('~')) return make(TokenKind::not_regex);
            if (take('=')) return make(TokenKind::unequal);
            if (at_ >= text_.size()) return fail("unexpected end of input after '!' inside braces");
            start_ = at_;
            return fail("unexpected character after '!' inside braces: {}", quoted_character());
        case '{': return fail("unexpected left brace '{{'");
        case '}': in_braces_ = false; return make(TokenKind::right_brace);
        default: return fail("unexpected character inside braces: {}", quoted_character());
    }
}

Token Lexer::inside_brackets() {
    if (at_ >= text_.size()) return fail("unexpected end of input in duration expression");
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
    if (is_alpha(c)) {
        size_t end = at_;
        while (end < text_.size() && is_alpha(text_[end]))
            ++end;
        const Word* word = find_word(text_.substr(at_, end - at_));
        if (word != nullptr &&
            (word->kind == K::step || word->kind == K::range || word->kind == K::max_of || word->kind == K::min_of)) {
            at_ = end;
            return make(word->kind);
        }
        return fail("unexpected character in duration expression: {}", quoted_character());
    }
    ++at_;
    switch (c) {
        case ']': in_brackets_ = false; return make(TokenKind::right_bracket);
        case ':':
            if (seen_colon_) return fail("unexpected repeated colon in duration expression");
            seen_colon_ = true;
            return make(TokenKind::colon);
        case '(': ++parens_; return make(TokenKind::left_paren);
        case ')':
            if (--parens_ < 0) return fail("unexpected right parenthesis ')'");
            return make(TokenKind::right_paren);
        case '[': return fail("unexpected left bracket '['");
        case ',': return make(TokenKind::comma);
        case '+': return make_op(BinaryOp::add);
        case '-': return make_op(BinaryOp::sub);
        case '*': return make_op(BinaryOp::mul);
        case '/': return make_op(BinaryOp::div);
        case '%': return make_op(BinaryOp::mod);
        case '^': return make_op(BinaryOp::pow);
        default: return fail("unexpected character in duration expression: {}", quoted_character());
    }
}

Token Lexer::outside() {
    if (at_ >= text_.size()) {
        if (parens_ != 0) return fail("unclosed left parenthesis");
        return make(TokenKind::end);
    }
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
    if (is_alpha(c) || c == ':') return word();
    ++at_;
    switch (c) {
        case ',': return make(TokenKind::comma);
        case '*': return make_op(BinaryOp::mul);
        case '/': return make_op(BinaryOp::div);
        case '%': return make_op(BinaryOp::mod);
        case '+': return make_op(BinaryOp::add);
        case '-': return make_op(BinaryOp::sub);
        case '^': return make_op(BinaryOp::pow);
        case '@': return make(TokenKind::at);
        case '=':
            if (take('=')) return make_op(BinaryOp::eq);
            if (peek() == '~') return fail("unexpected character after '=': '~'");
            return make(TokenKind::eq);
        case '!':
            if (take('=')) return make_op(BinaryOp::ne);
            if (at_ >= text_.size()) return fail("unexpected end of input after '!'");
            start_ = at_;
            return fail("unexpected character after '!': {}", quoted_character());
        case '<': return make_op(take('=') ? BinaryOp::le : take('/') ? BinaryOp::trim_upper : BinaryOp::lt);
        case '>': return make_op(take('=') ? BinaryOp::ge : take('/') ? BinaryOp::trim_lower : BinaryOp::gt);
        case '"':
        case '\'':
        case '`': return string(c);
        case '(': ++parens_; return make(TokenKind::left_paren);
        case ')':
            if (--parens_ < 0) return fail("unexpected right parenthesis ')'");
            return make(TokenKind::right_paren);
        case '{': in_braces_ = true; return make(TokenKind::left_brace);
        case '[':
            in_brackets_ = true;
            seen_colon_ = false;
            return make(TokenKind::left_bracket);
        case ']': return fail("unexpected right bracket ']'");
        default: return fail("unexpected character: {}", quoted_character());
    }
}

Token Lexer::word() {
    bool colon = false;
    for (; is_alphanumeric(peek()) || peek() == ':'; ++at_)
        colon = colon || text_[at_] == ':';
    const Word* word = find_word(text_.substr(start_, at_ - start_));
    if (word == nullptr) return make(colon ? TokenKind::metric_identifier : TokenKind::identifier);
    // These three became keywords late: without a parenthesis they stay names.
    const bool is_fill = word->kind == K::fill || word->kind == K::fill_left || word->kind == K::fill_right;
    if (is_fill && !followed_by_paren()) return make(TokenKind::identifier);
    Token token = make(word->kind);
    token.op = word->op;
    token.aggregate = word->aggregate;
    return token;
}

bool Lexer::followed_by_paren() const {
    size_t i = at_;
    while (i < text_.size() && is_space(text_[i]))
        ++i;
    return i < text_.size() && text_[i] == '(';
}

Token Lexer::string(char mark) {
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == mark) {
            ++at_;
            return make(TokenKind::string);
        }
        if (mark != '`' && c == '\n') break;
        if (mark != '`' && c == '\\') {
            ++at_;
            if (at_ >= text_.size()) return fail("escape sequence not terminated");
        }
        const size_t length = utf8_length(text_.substr(at_));
        if (length == 0) return fail("invalid UTF-8 rune");
        at_ += length;
    }
    if (mark == '`') return fail("unterminated raw string");
    return fail("unterminated quoted string");
}

// Leaves at_ behind what was looked at, so that the message shows it.
bool Lexer::scan_number() {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
        at_ += 2;
        while (std::isxdigit(static_cast<unsigned char>(peek())) != 0 || peek() == '_')
            ++at_;
        return text_[at_ - 1] != '_' && text_[at_ - 1] != 'x' && text_[at_ - 1] != 'X' && !is_alphanumeric(peek());
    }
    bool dot = false;
    bool exponent = false;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == '.') {
            ++at_;
            if (dot || exponent) return false;
            dot = true;
            if (peek() == '_') return false;
        } else if (c == 'e' || c == 'E') {
            ++at_;
            if (exponent) return false;
            exponent = true;
            if (peek() == '+' || peek() == '-') ++at_;
            if (!is_digit(peek())) {
                if (at_ < text_.size()) ++at_;
                return false;
            }
        } else if (c == '_') {
            ++at_;
            if (!is_digit(peek())) return false;
        } else if (is_digit(c)) {
            ++at_;
        } else {
            break;
        }
    }
    return !is_alphanumeric(peek());
}

bool Lexer::scan_duration() {
    while (is_digit(peek())) {
        while (is_digit(peek()))
            ++at_;
        if (std::string_view("smhdwy").find(peek()) == std::string_view::npos || at_ >= text_.size()) {
            if (is_alphanumeric(peek())) ++at_;
            return false;
        }
        ++at_;
        if (peek() == 's') ++at_;  // ms; hs and the like are refused when the value is read
    }
    if (!is_alphanumeric(peek())) return true;
    ++at_;
    return false;
}

Token Lexer::number_or_duration() {
    if (scan_number()) return make(TokenKind::number);
    const size_t number_end = at_;
    at_ = start_;
    if (scan_duration()) return make(TokenKind::duration);
    const size_t shown_to = std::min(text_.size(), std::max(at_, number_end));
    at_ = shown_to;
    return fail("bad number or duration syntax: {}", quote(text_.substr(start_, shown_to - start_)));
}

std::string describe(const Token& token, std::string_view text) {
    const std::string_view raw = text.substr(token.at.from, token.at.to - token.at.from);
    switch (token.kind) {
        case K::end: return "end of input";
        case K::identifier: return "identifier " + quote(raw);
        case K::metric_identifier: return "metric identifier " + quote(raw);
        case K::string: return "string " + quote(raw);
        case K::number: return "number " + quote(raw);
        case K::duration: return "duration " + quote(raw);
        case K::op:
        case K::at:
        case K::unequal:
        case K::eq_regex:
        case K::not_regex: return fmt::format("<op:{}>", raw);
        case K::aggregator: return fmt::format("<aggr:{}>", raw);
        case K::by:
        case K::without:
        case K::on:
        case K::ignoring:
        case K::group_left:
        case K::group_right:
        case K::fill:
        case K::fill_left:
        case K::fill_right:
        case K::bool_:
        case K::offset:
        case K::anchored:
        case K::smoothed: return fmt::format("<{}>", raw);
        default: return quote(raw);
    }
}

}  // namespace belfry::promql
