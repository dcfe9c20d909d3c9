#include "notify/matchers.h"

#include "base/ascii.h"
#include "base/utf8.h"
#include "notify/notice.h"

namespace belfry::notify {
namespace {

constexpr size_t TEXT_BYTES_MAX = 64 << 10;
constexpr size_t MATCHERS_MAX = 100;
constexpr std::string_view BLANKS = " \t\r\n";

class MatcherReader {
  public:
    explicit MatcherReader(std::string_view text) : rest_(text) {}

    Result<model::Matchers> read() {
        skip();
        const bool braces = take("{");
        model::Matchers out;
        while (true) {
            skip();
            if (braces && take("}")) break;
            if (!braces && rest_.empty()) break;
            if (out.size() >= MATCHERS_MAX) return make_error(Code::invalid, "more than {} matchers", MATCHERS_MAX);
            out.push_back(TRY(matcher(braces)));
            skip();
            if (take(",")) continue;
            if (braces && !rest_.starts_with('}')) return make_error(Code::invalid, "a comma or }} is missing");
            if (!braces && !rest_.empty()) return make_error(Code::invalid, "a comma is missing before {}", rest_);
        }
        skip();
        if (!rest_.empty()) return make_error(Code::invalid, "there is more behind the matchers: {}", rest_);
        if (out.empty()) return make_error(Code::invalid, "a matcher is missing");
        return out;
    }

  private:
    void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(BLANKS), rest_.size())); }
    bool take(std::string_view word) {
        if (!rest_.starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    Result<std::string> quoted() {
        std::string out;
        for (size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return out;
            }
            if (rest_[i] != '\\' || i + 1 == rest_.size()) {
                out += rest_[i];
                continue;
            }
            const char c = rest_[++i];
            if (c == 'n')
                out += '\n';
            else if (c == '"' || c == '\\')
                out += c;
            else
                out.append(1, '\\').append(1, c);
        }
        return make_error(Code::invalid, "a closing quote is missing");
    }

    Result<std::string> name() {
        if (rest_.starts_with('"')) return quoted();
        const size_t end = std::min(rest_.find_first_of("=!~,{}\"\\ \t\r\n"), rest_.size());
        if (end == 0)
            return make_error(Code::invalid, "the name of a label is missing before {:?}", rest_.substr(0, 20));
        std::string out(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return out;
    }

    Result<model::Matcher> matcher(bool braces) {
        std::string label = TRY(name());
        skip();
        using Op = model::Matcher::Op;
        Op op = Op::equal;
        if (take("=~"))
            op = Op::regex;
        else if (take("!~"))
            op = Op::not_regex;
        else if (take("!="))
            op = Op::not_equal;
        else if (!take("="))
            return make_error(Code::invalid, "one of = != =~ !~ is missing behind {}", label);
        skip();
        std::string value;
        if (rest_.starts_with('"')) {
            value = TRY(quoted());
        } else {
            const size_t end = std::min(rest_.find_first_of(braces ? "},\"" : ",\""), rest_.size());
            value = trim_blanks(rest_.substr(0, end));
            rest_.remove_prefix(end);
            if (rest_.starts_with('"')) return make_error(Code::invalid, "a quote inside a value without quotes");
        }
        if (label.empty()) return make_error(Code::invalid, "the name of a label is empty");
        return model::Matcher::make(op, std::move(label), std::move(value));
    }

    std::string_view rest_;
};

}  // namespace

Result<model::Matchers> parse_matchers(std::string_view text) {
    if (text.size() > TEXT_BYTES_MAX) return make_error(Code::invalid, "matchers longer than {} bytes", TEXT_BYTES_MAX);
    if (!is_utf8(text)) return make_error(Code::invalid, "matchers are UTF-8");
    return MatcherReader(text).read();
}

bool all_match(const model::Matchers& matchers, const model::Dimensions& labels) {
    return std::all_of(matchers.begin(), matchers.end(),
                       [&](const model::Matcher& m) { return m.matches(value_of(labels, m.name())); });
}

}  // namespace belfry::notify
