#include "alarm/threshold/lexer.h"

#include "base/ascii.h"
#include "base/utf8.h"

namespace belfry::alarm {
namespace {

constexpr uint32_t CODE_POINT_MAX = 0xFFFF;
constexpr size_t SHOWN_BYTES_MAX = 20;  // of what stands where something else was expected

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool ends_name(char c) {
    return is_space(c) || std::string_view("(){},=<>\"").find(c) != std::string_view::npos;
}

// White space beyond ASCII (Unicode, White_Space): it looks like a separator and is none, so it is refused.
bool is_wide_space(uint32_t c) {
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
           c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace

Error expression_error(size_t at, std::string_view what) {
    return make_error(Code::invalid, "at byte {}: {}", at, what);
}

Status Lexer::check_characters() const {
    for (size_t i = 0; i < text_.size();) {
        const size_t length = utf8_length(text_.substr(i));
        if (length == 0) return expression_error(i, "this is not UTF-8");
        const uint32_t c = utf8_code_point(text_.substr(i, length));
        if (c > CODE_POINT_MAX) return expression_error(i, "characters past U+FFFF cannot be in a name");
        if (is_wide_space(c)) return expression_error(i, "only blanks, tabs and line ends can separate words");
        if (c == 0) return expression_error(i, "a zero byte cannot be in an expression");
        i += length;
    }
    return {};
}

void Lexer::skip_space() {
    while (at_ < text_.size() && is_space(text_[at_]))
        ++at_;
}

bool Lexer::at_end() {
    skip_space();
    return at_ == text_.size();
}

bool Lexer::next_is(std::string_view literal) {
    skip_space();
    return equals_ignoring_case(text_.substr(at_, literal.size()), literal);
}

bool Lexer::take(std::string_view literal) {
    if (!next_is(literal)) return false;
    at_ += literal.size();
    return true;
}

std::string_view Lexer::name() {
    skip_space();
    const size_t begin = at_;
    while (at_ < text_.size() && !ends_name(text_[at_]))
        ++at_;
    return text_.substr(begin, at_ - begin);
}

std::string_view Lexer::dimension_text() {
    skip_space();
    const size_t begin = at_;
    size_t end = at_;
    while (at_ < text_.size() && (text_[at_] == ' ' || !ends_name(text_[at_]))) {
        if (text_[at_++] != ' ') end = at_;
    }
    return text_.substr(begin, end - begin);
}

std::optional<std::string_view> Lexer::digits() {
    skip_space();
    const size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_]))
        ++at_;
    if (at_ == begin) return {};
    return text_.substr(begin, at_ - begin);
}

std::optional<std::string_view> Lexer::decimal() {
    skip_space();
    const size_t begin = at_;
    size_t i = at_ + (at_ < text_.size() && text_[at_] == '-' ? 1 : 0);
    const size_t whole = i;
    while (i < text_.size() && is_digit(text_[i]))
        ++i;
    if (i == whole) return {};
    if (i + 1 < text_.size() && text_[i] == '.' && is_digit(text_[i + 1])) {
        ++i;
        while (i < text_.size() && is_digit(text_[i]))
            ++i;
    }
    at_ = i;
    return text_.substr(begin, i - begin);
}

Error Lexer::expected(std::string_view what) {
    skip_space();
    const std::string_view rest = text_.substr(at_, SHOWN_BYTES_MAX);
    if (rest.empty()) return expression_error(at_, fmt::format("{} is missing at the end", what));
    return expression_error(at_, fmt::format("{} should be here, not `{}`", what, rest.substr(0, utf8_prefix(rest))));
}

}  // namespace belfry::alarm
