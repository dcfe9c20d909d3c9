#include "templates/lexer.h"

#include "base/utf8.h"

namespace belfry::templates {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_name(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
int hex(char c) {
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string_view trim_right(std::string_view s) {
    while (!s.empty() && is_space(s.back()))
        s.remove_suffix(1);
    return s;
}

class Lexer {
  public:
    explicit Lexer(std::string_view source) : s_(source) {}

    Result<std::vector<Token>> run() {
        bool trim_next = false;
        while (at_ < s_.size()) {
            const size_t open = s_.find("{{", at_);
            const size_t end = open == std::string_view::npos ? s_.size() : open;
            std::string_view text = s_.substr(at_, end - at_);
            const uint32_t line = line_;
            line_ += static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
            if (trim_next)
                while (!text.empty() && is_space(text.front()))
                    text.remove_prefix(1);
            const bool trim =
                open != std::string_view::npos && open + 3 < s_.size() && s_[open + 2] == '-' && is_space(s_[open + 3]);
            if (trim) text = trim_right(text);
            if (!text.empty()) out_.push_back({TokenKind::text, std::string(text), line, false});
            at_ = end;
            if (open == std::string_view::npos) break;
            at_ += trim ? 3 : 2;
            trim_next = TRY(action());
        }
        out_.push_back({TokenKind::end, "", line_, false});
        return std::move(out_);
    }

  private:
    // "}}" or " -}}" here; the blank before the dash is already read.
    bool closes(bool space, bool& trim) const {
        const std::string_view rest = s_.substr(at_);
        trim = space && rest.substr(0, 3) == "-}}";
        return trim || rest.substr(0, 2) == "}}";
    }

    // True when what follows is trimmed.
    Result<bool> action() {
        size_t begin = at_;
        while (begin < s_.size() && is_space(s_[begin]))
            ++begin;
        if (s_.substr(begin, 2) == "/*") return comment(begin);
        const uint32_t opened = line_;
        out_.push_back({TokenKind::open, "", line_, false});
        bool space = true;
        for (;;) {
            bool trim = false;
            if (closes(space, trim)) {
                at_ += trim ? 3 : 2;
                out_.push_back({TokenKind::close, "", line_, space});
                return trim;
            }
            if (at_ >= s_.size()) return make_error(Code::invalid, "line {}: an action is not closed by }}}}", opened);
            if (is_space(s_[at_])) {
                if (s_[at_] == '\n') ++line_;
                ++at_;
                space = true;
                continue;
            }
            TRY(token(space));
            space = false;
        }
    }

    Result<bool> comment(size_t begin) {
        const size_t end = s_.find("*/", begin + 2);
        if (end == std::string_view::npos) return make_error(Code::invalid, "line {}: a comment is not closed", line_);
        const std::string_view text = s_.substr(at_, end + 2 - at_);
        line_ += static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
        at_ = end + 2;
        const bool space = at_ < s_.size() && is_space(s_[at_]);
        while (at_ < s_.size() && is_space(s_[at_]))
            if (s_[at_++] == '\n') ++line_;
        bool trim = false;
        if (!closes(space, trim))
            return make_error(Code::invalid, "line {}: a comment ends before the action does", line_);
        at_ += trim ? 3 : 2;
        return trim;
    }

    void put(TokenKind kind, std::string text, bool space) { out_.push_back({kind, std::move(text), line_, space}); }

    std::string_view name() {
        const size_t begin = at_;
        while (at_ < s_.size() && is_name(s_[at_]))
            ++at_;
        return s_.substr(begin, at_ - begin);
    }

    Status token(bool space) {
        const char c = s_[at_];
        const char next = at_ + 1 < s_.size() ? s_[at_ + 1] : '\0';
        if (c == '"') return quoted(space);
        if (c == '`') return raw(space);
        if (c == '\'') return character(space);
        if (is_digit(c) || ((c == '+' || c == '-') && (is_digit(next) || next == '.')) || (c == '.' && is_digit(next)))
            return number(space);
        if (c == '.') {
            ++at_;
            const std::string_view text = name();
            put(text.empty() ? TokenKind::dot : TokenKind::field, std::string(text), space);
        } else if (c == '$') {
            ++at_;
            put(TokenKind::variable, "$" + std::string(name()), space);
        } else if (is_name(c)) {
            put(TokenKind::word, std::string(name()), space);
        } else if (c == ':' && next == '=') {
            at_ += 2;
            put(TokenKind::declare, ":=", space);
        } else {
            static constexpr std::pair<char, TokenKind> SIGNS[] = {{'(', TokenKind::left_paren},
                                                                   {')', TokenKind::right_paren},
                                                                   {'|', TokenKind::pipe},
                                                                   {'=', TokenKind::assign},
                                                                   {',', TokenKind::comma}};
            const auto* sign =
                std::find_if(std::begin(SIGNS), std::end(SIGNS), [c](const auto& s) { return s.first == c; });
            if (sign == std::end(SIGNS)) {
                const size_t n = std::max<size_t>(1, utf8_length(s_.substr(at_)));
                return make_error(Code::invalid, "line {}: unexpected \"{}\" in an action", line_, s_.substr(at_, n));
            }
            ++at_;
            put(sign->second, std::string(1, c), space);
        }
        return {};
    }

    Status number(bool space) {
        const size_t begin = at_;
        ++at_;
        const bool hexadecimal = s_.substr(begin, 2) == "0x" || s_.substr(begin, 2) == "0X";
        while (at_ < s_.size()) {
            const char c = s_[at_];
            const char before = s_[at_ - 1];
            if (is_name(c) || c == '.' || ((c == '+' || c == '-') && !hexadecimal && (before == 'e' || before == 'E')))
                ++at_;
            else
                break;
        }
        put(TokenKind::number, std::string(s_.substr(begin, at_ - begin)), space);
        return {};
    }

    Status raw(bool space) {
        const size_t end = s_.find('`', at_ + 1);
        if (end == std::string_view::npos) return make_error(Code::invalid, "line {}: a raw text is not closed", line_);
        const std::string_view text = s_.substr(at_ + 1, end - at_ - 1);
        put(TokenKind::string, std::string(text), space);
        line_ += static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
        at_ = end + 1;
        return {};
    }

    Status quoted(bool space) {
        std::string value;
        for (++at_; at_ < s_.size() && s_[at_] != '"';) {
            if (s_[at_] == '\n')
                return make_error(Code::invalid, "line {}: a text in quotes ends with its line", line_);
            TRY(one(value));
        }
        if (at_ >= s_.size()) return make_error(Code::invalid, "line {}: a text in quotes is not closed", line_);
        ++at_;
        put(TokenKind::string, std::move(value), space);
        return {};
    }

    Status character(bool space) {
        ++at_;
        std::string value;
        if (at_ < s_.size() && s_[at_] != '\'' && s_[at_] != '\n') TRY(one(value));
        if (value.empty() || at_ >= s_.size() || s_[at_] != '\'' || utf8_length(value) != value.size())
            return make_error(Code::invalid, "line {}: one character stands in single quotes", line_);
        ++at_;
        put(TokenKind::character, fmt::format("{}", utf8_code_point(value)), space);
        return {};
    }

    // A character or an escape inside quotes.
    Status one(std::string& value) {
        if (s_[at_] != '\\') {
            const size_t n = std::max<size_t>(1, utf8_length(s_.substr(at_)));
            value.append(s_.substr(at_, n));
            at_ += n;
            return {};
        }
        static constexpr std::string_view SHORT = "abfnrtv\\\"'";
        static constexpr std::string_view MEANS = "\a\b\f\n\r\t\v\\\"'";
        if (++at_ >= s_.size()) return make_error(Code::invalid, "line {}: a text in quotes is not closed", line_);
        const char c = s_[at_++];
        if (const size_t i = SHORT.find(c); i != std::string_view::npos) {
            value.push_back(MEANS[i]);
            return {};
        }
        const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '7' ? 3 : 0;
        if (digits == 3 && c != 'x') --at_;
        uint32_t code = 0;
        bool good = digits > 0 && at_ + digits <= s_.size();
        for (size_t i = 0; good && i < digits; ++i) {
            const int digit = hex(s_[at_ + i]);
            good = digit >= 0 && (digits != 3 || digit < 8);
            code = code * (digits == 3 ? 8 : 16) + static_cast<uint32_t>(digit);
        }
        const bool byte = digits == 2 || digits == 3;
        if (!good || (byte ? code > 255 : code > 0x10ffff || (code >= 0xd800 && code < 0xe000)))
            return make_error(Code::invalid, "line {}: unknown escape \\{} in a text", line_, c);
        at_ += digits;
        if (byte)
            value.push_back(static_cast<char>(code));
        else
            append_utf8(value, code);
        return {};
    }

    std::string_view s_;
    size_t at_ = 0;
    uint32_t line_ = 1;
    std::vector<Token> out_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view source) {
    return Lexer(source).run();
}

}  // namespace belfry::templates
