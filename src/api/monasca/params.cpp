#include "api/monasca/params.h"

#include "base/ascii.h"
#include "base/number.h"
#include "base/rfc3339.h"

#include <ctime>

namespace belfry::api::monasca {
namespace {

constexpr size_t TEXT_CHARACTERS_MAX = 255;

size_t characters_of(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string quoted_for_regex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80) != 0;
        if (!plain) out += '\\';
        out += c;
    }
    return out;
}

std::string iso(int64_t time_ms, bool fraction) {
    int64_t ms = time_ms % 1000;
    int64_t seconds = time_ms / 1000;
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    const std::time_t time = seconds;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    if (fraction) out += fmt::format(".{:03}", ms);
    return out += 'Z';
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    if (text.empty()) return out;
    for (;;) {
        const size_t at = text.find(separator);
        out.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

bool DimensionFilter::matches(const model::Dimensions& dimensions) const {
    return std::all_of(all.begin(), all.end(), [&](const One& one) {
        const auto found =
            std::find_if(dimensions.begin(), dimensions.end(), [&](const auto& d) { return d.first == one.key; });
        if (found == dimensions.end()) return false;
        return one.values.empty() || std::find(one.values.begin(), one.values.end(), found->second) != one.values.end();
    });
}

Result<DimensionFilter> parse_dimension_filter(std::string_view text) {
    DimensionFilter out;
    for (const std::string& part : split(text, ',')) {
        const std::string_view pair = trim_blanks(part);
        const size_t colon = pair.find(':');
        DimensionFilter::One one;
        one.key = trim_blanks(pair.substr(0, colon));
        if (one.key.empty() || characters_of(one.key) > TEXT_CHARACTERS_MAX || one.key.front() == '_')
            return make_error(Code::invalid, "dimension key {:?} must have 1 to {} characters and not begin with _",
                              one.key.substr(0, 80), TEXT_CHARACTERS_MAX);
        if (colon != std::string_view::npos && colon + 1 < pair.size()) {
            for (const std::string& value : split(pair.substr(colon + 1), '|')) {
                one.values.emplace_back(trim_blanks(value));
                if (one.values.back().empty() || characters_of(one.values.back()) > TEXT_CHARACTERS_MAX)
                    return make_error(Code::invalid, "a value of dimension {:?} must have 1 to {} characters", one.key,
                                      TEXT_CHARACTERS_MAX);
            }
        }
        out.all.push_back(std::move(one));
    }
    return out;
}

Result<DimensionFilter> dimension_param(const http::Request& request, std::string_view name) {
    return parse_dimension_filter(request.query.get(name).value_or(""));
}

Result<model::Matchers> matchers_of(std::string_view metric_name, const DimensionFilter& filter) {
    using model::Matcher;
    model::Matchers out;
    if (!metric_name.empty())
        out.push_back(
            TRY(Matcher::make(Matcher::Op::equal, std::string(model::METRIC_NAME), std::string(metric_name))));
    for (const DimensionFilter::One& one : filter.all) {
        if (one.values.size() == 1) {
            out.push_back(TRY(Matcher::make(Matcher::Op::equal, one.key, one.values[0])));
            continue;
        }
        std::string pattern;
        for (const std::string& value : one.values)
            (pattern += pattern.empty() ? "" : "|") += quoted_for_regex(value);
        out.push_back(TRY(Matcher::make(Matcher::Op::regex, one.key, pattern.empty() ? ".+" : pattern)));
    }
    return out;
}

Result<size_t> limit_param(const http::Request& request) {
    const auto text = request.query.get("limit");
    if (!text) return LIMIT_MAX;
    const auto number = parse_int(*text);
    if (!number || *number < 1)
        return make_error(Code::invalid, "limit {:?} is not a number of 1 or more", text->substr(0, 40));
    return std::min(LIMIT_MAX, static_cast<size_t>(*number));
}

Result<size_t> row_offset_param(const http::Request& request) {
    const auto text = request.query.get("offset");
    if (!text) return size_t{0};
    const auto number = parse_uint(*text);
    if (!number) return make_error(Code::invalid, "offset {:?} is not a number", text->substr(0, 40));
    return static_cast<size_t>(*number);
}

Result<std::string> required_param(const http::Request& request, std::string_view name) {
    auto text = request.query.get(name);
    if (!text || text->empty()) return make_error(Code::invalid, "parameter {} is missing", name);
    return *std::move(text);
}

std::optional<int64_t> parse_iso_ms(std::string_view text) {
    std::string time(trim_blanks(text));
    // a '+' of the zone that nobody encoded
    if (time.size() > 6 && time[time.size() - 6] == ' ') time[time.size() - 6] = '+';
    if (const auto parsed = parse_rfc3339_ms(time)) return parsed;
    if (time.size() == 10) time += "T00:00:00";
    if (time.size() == 16) time += ":00";
    return parse_rfc3339_ms(time + "Z");
}

Result<std::optional<int64_t>> time_param(const http::Request& request, std::string_view name) {
    const auto text = request.query.get(name);
    if (!text || text->empty()) return std::optional<int64_t>();
    const auto time = parse_iso_ms(*text);
    if (!time)
        return make_error(Code::invalid, "{} {:?} is not a time like 2015-03-01T00:00:00Z", name, text->substr(0, 40));
    return time;
}

bool flag_param(const http::Request& request, std::string_view name) {
    const std::string text = lower(request.query.get(name).value_or(""));
    for (const std::string_view yes : {"true", "t", "yes", "y", "1", "on"})
        if (text == yes) return true;
    return false;
}

std::string iso_ms(int64_t time_ms) {
    return iso(time_ms, true);
}

std::string iso_s(int64_t time_ms) {
    return iso(time_ms, false);
}

Result<std::vector<SortKey>> sort_param(const http::Request& request, const std::vector<std::string_view>& fields) {
    std::vector<SortKey> out;
    for (const std::string& part : split(request.query.get("sort_by").value_or(""), ',')) {
        std::vector<std::string> words;
        for (std::string& word : split(trim_blanks(part), ' '))
            if (!word.empty()) words.push_back(std::move(word));
        if (words.empty() || words.size() > 2)
            return make_error(Code::invalid, "sort_by {:?} is not 'field' or 'field asc|desc'", part.substr(0, 80));
        SortKey key{lower(words[0])};
        if (std::find(fields.begin(), fields.end(), key.field) == fields.end())
            return make_error(Code::invalid, "sort_by does not know the field {:?}", words[0].substr(0, 80));
        if (words.size() == 2) {
            const std::string direction = lower(words[1]);
            if (direction != "asc" && direction != "desc")
                return make_error(Code::invalid, "sort_by {:?}: the direction is asc or desc", part.substr(0, 80));
            key.descending = direction == "desc";
        }
        out.push_back(std::move(key));
    }
    return out;
}

}  // namespace belfry::api::monasca
