#include "alarm/threshold/check.h"

#include "alarm/threshold/lexer.h"
#include "base/utf8.h"

#include <algorithm>
#include <functional>

namespace belfry::alarm {
namespace {

constexpr uint32_t NONE = UINT32_MAX;

size_t characters(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

Status check_length(std::string_view text, size_t at, std::string_view what) {
    if (characters(text) <= NAME_CHARACTERS_MAX) return {};
    return expression_error(at, fmt::format("{} is longer than {} characters", what, NAME_CHARACTERS_MAX));
}

Status add_dimension(SubExpression& sub, std::string_view key, std::string_view value, size_t at) {
    const auto place = std::lower_bound(sub.dimensions.begin(), sub.dimensions.end(), key,
                                        [](const auto& a, std::string_view b) { return a.first < b; });
    if (place != sub.dimensions.end() && place->first == key)
        return expression_error(at, fmt::format("dimension {} stands here twice", key));
    sub.dimensions.emplace(place, std::string(key), std::string(value));
    return {};
}

Result<std::vector<uint32_t>> match_change(const AlarmExpression& before, const AlarmExpression& after) {
    if (before.subs.size() != after.subs.size())
        return make_error(Code::invalid, "number of subexpressions must not change");
    std::vector<uint32_t> out(after.subs.size(), NONE);
    std::vector<bool> taken(before.subs.size());
    // The closest pairs first: equal ones, then those whose windows can be kept, then those of the same metric; of
    // several the one in the same place.
    const auto pair_by = [&](const std::function<bool(const SubExpression&, const SubExpression&)>& fits) {
        const auto take = [&](uint32_t a, uint32_t b) {
            if (out[a] != NONE || taken[b] || !fits(before.subs[b], after.subs[a])) return;
            out[a] = b;
            taken[b] = true;
        };
        const auto count = static_cast<uint32_t>(out.size());
        for (uint32_t a = 0; a < count; ++a)
            take(a, a);
        for (uint32_t a = 0; a < count; ++a)
            for (uint32_t b = 0; b < count && out[a] == NONE; ++b)
                take(a, b);
    };
    pair_by([](const auto& b, const auto& a) { return b == a; });
    pair_by([](const auto& b, const auto& a) { return b.same_metric(a) && b.same_window(a); });
    pair_by([](const auto& b, const auto& a) { return b.same_metric(a); });
    if (std::find(out.begin(), out.end(), NONE) != out.end())
        return make_error(Code::invalid, "metrics in subexpression must not change");
    return out;
}

}  // namespace belfry::alarm
