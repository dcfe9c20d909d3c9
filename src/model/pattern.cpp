#include "model/pattern.h"

#include "base/utf8.h"

#include <re2/re2.h>

namespace belfry::model {

struct Pattern::Regex {
    Regex(const std::string& pattern, const re2::RE2::Options& options) : re(pattern, options) {}
    re2::RE2 re;
};

namespace {

constexpr int GROUPS_MAX = 64;

bool is_name(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The group a name means, -1 for none.
int group_of(const re2::RE2& re, const std::string& name) {
    if (name.find_first_not_of("0123456789") == std::string::npos) return name.size() > 3 ? -1 : std::stoi(name);
    const auto found = re.NamedCapturingGroups().find(name);
    return found == re.NamedCapturingGroups().end() ? -1 : found->second;
}

void expand(const re2::RE2& re,
            std::string_view replacement,
            const std::vector<re2::StringPiece>& groups,
            std::string& out) {
    for (size_t i = 0; i < replacement.size();) {
        if (replacement[i] != '$') {
            out.push_back(replacement[i++]);
            continue;
        }
        const std::string_view rest = replacement.substr(i + 1);
        if (!rest.empty() && rest[0] == '$') {
            out.push_back('$');
            i += 2;
            continue;
        }
        const bool braces = !rest.empty() && rest[0] == '{';
        size_t end = braces ? 1 : 0;
        while (end < rest.size() && is_name(rest[end]))
            ++end;
        const std::string name(rest.substr(braces ? 1 : 0, end - (braces ? 1 : 0)));
        if (name.empty() || (braces && (end >= rest.size() || rest[end] != '}'))) {
            out.push_back('$');
            ++i;
            continue;
        }
        i += 1 + end + (braces ? 1 : 0);
        const int group = group_of(re, name);
        if (group >= 0 && static_cast<size_t>(group) < groups.size()) {
            const re2::StringPiece& text = groups[static_cast<size_t>(group)];
            out.append(text.data() ? text.data() : "", text.size());
        }
    }
}

}  // namespace

Result<Pattern> Pattern::make(const std::string& regex) {
    re2::RE2::Options options(re2::RE2::Quiet);
    auto compiled = std::make_shared<const Regex>(regex, options);
    if (!compiled->re.ok())
        return make_error(Code::invalid, "regular expression \"{}\": {}", regex, compiled->re.error());
    if (compiled->re.NumberOfCapturingGroups() >= GROUPS_MAX)
        return make_error(Code::invalid, "regular expression \"{}\": more than {} groups", regex, GROUPS_MAX - 1);
    Pattern out;
    out.regex_ = std::move(compiled);
    return out;
}

bool Pattern::found_in(std::string_view text) const {
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex_->re);
}

Result<std::string> Pattern::replace_all(std::string_view text, std::string_view replacement, size_t bytes_max) const {
    const re2::RE2& re = regex_->re;
    const re2::StringPiece whole(text.data(), text.size());
    std::vector<re2::StringPiece> groups(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
    std::string out;
    size_t at = 0;
    size_t copied = 0;
    while (at <= text.size() &&
           re.Match(whole, at, text.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
        const auto begin = static_cast<size_t>(groups[0].data() - text.data());
        const size_t end = begin + groups[0].size();
        out.append(text.substr(copied, begin - copied));
        if (end > begin || begin > copied || begin == 0 || copied == 0) expand(re, replacement, groups, out);
        if (out.size() > bytes_max) return make_error(Code::exhausted, "the text grows beyond {} bytes", bytes_max);
        copied = end;
        if (end > begin) {
            at = end;
            continue;
        }
        // an empty match: the character behind it is kept
        const size_t step = end < text.size() ? std::max<size_t>(1, utf8_length(text.substr(end))) : 1;
        if (end < text.size()) out.append(text.substr(end, step));
        copied = at = end + step;
    }
    if (copied < text.size()) out.append(text.substr(copied));
    return out;
}

}  // namespace belfry::model
