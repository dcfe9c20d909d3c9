#include "ingest/statsd/dimensions.h"

#include "base/utf8.h"

namespace belfry::ingest::statsd {
namespace {

Error malformed(std::string_view what) {
    return make_error(Code::invalid, "dimensions are like {{'name': 'value'}}: {}", what);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

class Reader {
  public:
    Reader(std::string_view text, std::deque<std::string>& storage) : text_(text), storage_(storage) {}

    Status read(std::vector<model::Label>& labels) {
        if (!take('{')) return malformed("a brace is missing");
        skip_blanks();
        if (take('}')) return end();
        while (true) {
            const std::string_view name = TRY(quoted());
            skip_blanks();
            if (!take(':')) return malformed("a colon is missing");
            skip_blanks();
            const std::string_view value = TRY(value_text());
            if (name.empty() || name == model::METRIC_NAME) return malformed("a name is empty or reserved");
            labels.push_back({name, value});
            skip_blanks();
            if (take('}')) return end();
            if (!take(',')) return malformed("a comma is missing");
            skip_blanks();
            if (take('}')) return end();
        }
    }

  private:
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }
    void skip_blanks() {
        while (peek() == ' ' || peek() == '\t')
            ++at_;
    }
    Status end() {
        skip_blanks();
        return at_ == text_.size() ? Status() : malformed("something stands behind them");
    }

    Result<std::string_view> value_text() {
        const char c = peek();
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (c == '\'' || c == '"' || ((c == 'u' || c == 'b') && (next == '\'' || next == '"'))) return quoted();
        const size_t begin = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '.' ||
                                      peek() == '-' || peek() == '+' || peek() == '_'))
            ++at_;
        if (at_ == begin) return malformed("a value is a text, a number, True, False or None");
        return text_.substr(begin, at_ - begin);
    }

    Result<std::string_view> quoted() {
        if (peek() == 'u' || peek() == 'b') ++at_;
        const char quote = peek();
        if (quote != '\'' && quote != '"') return malformed("a quote is missing");
        const size_t begin = ++at_;
        while (at_ < text_.size() && peek() != quote && peek() != '\\')
            ++at_;
        if (take(quote)) return text_.substr(begin, at_ - 1 - begin);
        std::string out(text_.substr(begin, at_ - begin));
        while (at_ < text_.size()) {
            if (take(quote)) return std::string_view(storage_.emplace_back(std::move(out)));
            if (take('\\'))
                TRY(escape(out));
            else
                out += text_[at_++];
        }
        return malformed("a text has no end");
    }

    Status escape(std::string& out) {
        if (at_ >= text_.size()) return malformed("a text has no end");
        const char c = text_[at_++];
        switch (c) {
            case '\\':
            case '\'':
            case '"': out += c; return {};
            case 'n': out += '\n'; return {};
            case 'r': out += '\r'; return {};
            case 't': out += '\t'; return {};
            case 'x': return code_point(2, out);
            case 'u': return code_point(4, out);
            case 'U': return code_point(8, out);
            default: return malformed("an escape that is not known");
        }
    }

    Status code_point(size_t digits, std::string& out) {
        uint32_t value = 0;
        for (size_t i = 0; i < digits; ++i) {
            const int digit = hex_digit(peek());
            if (digit < 0 || value > 0x10FFFF) return malformed("an escape that is no character");
            value = value << 4 | static_cast<uint32_t>(digit);
            ++at_;
        }
        if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return malformed("an escape that is no character");
        append_utf8(out, value);
        return {};
    }

    const std::string_view text_;
    std::deque<std::string>& storage_;
    size_t at_ = 0;
};

}  // namespace

std::optional<size_t> dict_length(std::string_view text) {
    char quote = '\0';
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != '\0') {
            if (c == '\\')
                ++i;
            else if (c == quote)
                quote = '\0';
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '}') {
            return i + 1;
        }
    }
    return std::nullopt;
}

Status decode_dict(std::string_view text, std::vector<model::Label>& labels, std::deque<std::string>& storage) {
    return Reader(text, storage).read(labels);
}

}  // namespace belfry::ingest::statsd
