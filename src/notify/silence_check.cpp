#include "notify/silence_check.h"

#include "base/utf8.h"

namespace belfry::notify {
namespace {

constexpr size_t MATCHERS_MAX = 100;
constexpr size_t COMMENT_BYTES_MAX = 10'000;
constexpr int64_t TIME_MS_MAX = 32'503'680'000'000;  // the year 3000

}  // namespace

Status check_silence(const catalog::Silence& silence, int64_t now_ms) {
    if (silence.matchers.empty()) return make_error(Code::invalid, "a silence needs at least one matcher");
    if (silence.matchers.size() > MATCHERS_MAX) return make_error(Code::invalid, "more than {} matchers", MATCHERS_MAX);
    for (const model::Matcher& matcher : silence.matchers)
        if (matcher.name().empty() || !is_utf8(matcher.name()) || !is_utf8(matcher.value()))
            return make_error(Code::invalid, "a matcher has a name, and is UTF-8");
    if (std::all_of(silence.matchers.begin(), silence.matchers.end(), [](const auto& m) { return m.matches_empty(); }))
        return make_error(Code::invalid, "at least one matcher must not match the empty text, or all would be silent");
    if (silence.ends_ms <= silence.starts_ms) return make_error(Code::invalid, "a silence ends after it starts");
    if (silence.ends_ms <= now_ms) return make_error(Code::invalid, "the end of the silence is in the past");
    if (silence.starts_ms < 0 || silence.ends_ms > TIME_MS_MAX)
        return make_error(Code::invalid, "a silence is between the years 1970 and 3000");
    if (silence.comment.empty()) return make_error(Code::invalid, "a silence needs a reason (comment)");
    if (silence.comment.size() > COMMENT_BYTES_MAX || !is_utf8(silence.comment))
        return make_error(Code::invalid, "the comment is UTF-8 of at most {} bytes", COMMENT_BYTES_MAX);
    return {};
}

std::string_view status_of(const catalog::Silence& silence, int64_t now_ms) {
    if (now_ms >= silence.ends_ms) return "expired";
    return now_ms < silence.starts_ms ? "pending" : "active";
}

void expire(catalog::Silence& silence, int64_t now_ms) {
    silence.starts_ms = std::min(silence.starts_ms, now_ms);
    silence.ends_ms = std::min(silence.ends_ms, now_ms);
}

}  // namespace belfry::notify
