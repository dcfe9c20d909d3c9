#include "model/matcher.h"

#include <re2/re2.h>

namespace belfry::model {
namespace {

constexpr size_t REGEX_BYTES_MAX = 64 << 10;

bool is_meta(char c) { return std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos; }

// `a|b|c` without metacharacters (escaped ones are plain) -> its parts; nothing when it is a real pattern.
std::optional<std::vector<std::string>> split_literals(std::string_view pattern) {
    std::vector<std::string> parts(1);
    for (size_t i = 0; i < pattern.size(); i++) {
        const char c = pattern[i];
        if (c == '|') {
            parts.emplace_back();
        } else if (c == '\\') {
            if (i + 1 >= pattern.size() || !is_meta(pattern[i + 1])) return std::nullopt;
            parts.back() += pattern[++i];
        } else if (is_meta(c)) {
            return std::nullopt;
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::string literal_prefix(std::string_view pattern) {
    if (pattern.find('|') != std::string_view::npos) return {};  // an alternation may start anywhere
    std::string out;
    for (size_t i = 0; i < pattern.size() && !is_meta(pattern[i]); i++) {
        const char next = i + 1 < pattern.size() ? pattern[i + 1] : ' ';
        if (next == '*' || next == '?' || next == '{') break;  // this character may be missing
        out += pattern[i];
    }
    // A cut inside a multi-byte character would still be a valid byte prefix.
    return out;
}

}  // namespace

struct Matcher::Regex {
    explicit Regex(const std::string& pattern, const re2::RE2::Options& options) : re(pattern, options) {}
    re2::RE2 re;
};

Result<Matcher> Matcher::make(Op op, std::string name, std::string value) {
    Matcher m;
    m.op_ = op;
    m.name_ = std::move(name);
    m.value_ = std::move(value);
    if (op == Op::equal) m.literals_ = {m.value_};
    if (op == Op::regex || op == Op::not_regex) {
        if (m.value_.size() > REGEX_BYTES_MAX) {
            return make_error(Code::invalid, "regular expression longer than {} bytes", REGEX_BYTES_MAX);
        }
        if (auto parts = split_literals(m.value_)) {
            if (op == Op::regex) m.literals_ = std::move(*parts);
        }
        re2::RE2::Options options(re2::RE2::Quiet);
        options.set_dot_nl(true);
        options.set_max_mem(8 << 20);
        auto regex = std::make_shared<Regex>("^(?s:" + m.value_ + ")$", options);
        if (!regex->re.ok()) {
            // Compile as written, so that the message speaks of the user's text.
            const re2::RE2 plain(m.value_, options);
            return make_error(Code::invalid, "error parsing regexp: {}", plain.ok() ? regex->re.error() : plain.error());
        }
        m.regex_ = std::move(regex);
        if (op == Op::regex) m.prefix_ = literal_prefix(m.value_);
    } else if (op == Op::equal) {
        m.prefix_ = m.value_;
    }
    m.matches_empty_ = m.matches("");
    return m;
}

bool Matcher::matches(std::string_view value) const {
    switch (op_) {
        case Op::equal: return value == value_;
        case Op::not_equal: return value != value_;
        case Op::regex:
            if (!literals_.empty()) return std::find(literals_.begin(), literals_.end(), value) != literals_.end();
            if (!prefix_.empty() && !value.starts_with(prefix_)) return false;
            return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), regex_->re);
        case Op::not_regex: return !re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), regex_->re);
    }
    return false;
}

std::string Matcher::to_string() const {
    static constexpr std::string_view OPS[] = {"=", "!=", "=~", "!~"};
    std::string out = name_;
    out += OPS[static_cast<size_t>(op_)];
    out += '"';
    for (const char c : value_) {
        if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
        else if (c == '\n') out += "\\n";
        else out += c;
    }
    out += '"';
    return out;
}

}  // namespace belfry::model
