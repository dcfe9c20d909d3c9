#include "notify/time_interval.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/number.h"

#include <ctime>

namespace belfry::notify {
namespace {

using Range = TimeInterval::Range;
constexpr std::array<std::string_view, 7> WEEKDAYS = {"sunday",   "monday", "tuesday", "wednesday",
                                                      "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> MONTHS = {"january",   "february", "march",    "april",
                                                     "may",       "june",     "july",     "august",
                                                     "september", "october",  "november", "december"};
constexpr size_t ZONE_BYTES_MAX = 256 << 10;
constexpr size_t HEADER_BYTES = 44;

int64_t big_endian(std::string_view bytes) {
    uint64_t out = 0;
    for (const char c : bytes)
        out = out << 8 | static_cast<unsigned char>(c);
    return bytes.size() == 4 ? static_cast<int32_t>(out) : static_cast<int64_t>(out);
}

struct Counts {
    uint64_t utc, standard, leap, times, types, chars;
    [[nodiscard]] uint64_t bytes(uint64_t time_bytes) const {
        return times * time_bytes + times + types * 6 + chars + leap * (time_bytes + 4) + standard + utc;
    }
};
Counts counts_of(std::string_view header) {
    const auto at = [&](size_t i) {
        return static_cast<uint64_t>(big_endian(header.substr(20 + i * 4, 4)) & 0xffffffff);
    };
    return {at(0), at(1), at(2), at(3), at(4), at(5)};
}

Error at_line(const YamlNode& node, std::string_view what) {
    return make_error(Code::invalid, "line {}: {}", node.line(), what);
}

template <size_t N>
std::optional<int> word(const std::array<std::string_view, N>& words, std::string_view text, int first) {
    for (size_t i = 0; i < N; ++i)
        if (words[i] == text) return static_cast<int>(i) + first;
    return std::nullopt;
}

using Read = std::optional<int> (*)(std::string_view);
std::optional<int> number(std::string_view text) {
    const auto value = parse_int(text);
    if (!value || *value < -100'000 || *value > 100'000) return std::nullopt;
    return static_cast<int>(*value);
}
std::optional<int> weekday(std::string_view text) {
    return word(WEEKDAYS, text, 0);
}
std::optional<int> month(std::string_view text) {
    if (const auto name = word(MONTHS, text, 1)) return name;
    const auto value = number(text);
    return value && *value >= 1 && *value <= 12 ? value : std::nullopt;
}
std::optional<int> day(std::string_view text) {
    const auto value = number(text);
    return value && *value != 0 && *value >= -31 && *value <= 31 ? value : std::nullopt;
}
std::optional<int> clock_minute(std::string_view text) {
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() - colon != 3) return std::nullopt;
    const auto hour = parse_uint(text.substr(0, colon)), minute = parse_uint(text.substr(colon + 1));
    if (!hour || !minute || *minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0)) return std::nullopt;
    return static_cast<int>(*hour * 60 + *minute);
}

/// A list of `a` and `a:b`.
Result<std::vector<Range>> ranges(const YamlNode& node, Read read, std::string_view what) {
    if (!node.is_sequence()) return at_line(node, fmt::format("{} is a list", what));
    std::vector<Range> out;
    for (size_t i = 0; i < node.size(); ++i) {
        const YamlNode& item = node.at(i);
        const std::string text = lower(item.text());
        const size_t colon = text.find(':');
        const auto from = read(trim_blanks(std::string_view(text).substr(0, colon)));
        const auto to = colon == std::string::npos ? from : read(trim_blanks(std::string_view(text).substr(colon + 1)));
        const bool mixed = from && to && (*from < 0) == (*to < 0) && *from > *to;
        if (!item.is_scalar() || !from || !to || mixed)
            return at_line(item, fmt::format("not a value or range of {}: {}", what, item.text()));
        out.push_back({*from, *to});
    }
    return out;
}

Result<std::vector<Range>> times(const YamlNode& node) {
    if (!node.is_sequence()) return at_line(node, "times is a list");
    std::vector<Range> out;
    for (size_t i = 0; i < node.size(); ++i) {
        const YamlNode& item = node.at(i);
        for (const auto& [key, value] : item.items())
            if (key.text() != "start_time" && key.text() != "end_time")
                return at_line(key, "unknown key " + key.text() + " in times");
        const YamlNode *start = item.find("start_time"), *end = item.find("end_time");
        if (!start || !end) return at_line(item, "a time needs start_time and end_time");
        const auto from = clock_minute(start->text()), to = clock_minute(end->text());
        if (!from || !to || *from >= *to)
            return at_line(item, "times are like 09:00 and 17:30, the start before the end");
        out.push_back({*from, *to});
    }
    return out;
}

bool in_any(const std::vector<Range>& list, int value) {
    return list.empty() ||
           std::any_of(list.begin(), list.end(), [&](const Range& r) { return value >= r.from && value <= r.to; });
}

}  // namespace

Result<TimeZone> TimeZone::parse(std::string_view file) {
    const Error bad = make_error(Code::corrupt, "not a table of a time zone");
    if (file.size() < HEADER_BYTES || !file.starts_with("TZif")) return bad;
    uint64_t time_bytes = 4;
    if (file[4] >= '2') {  // behind the old part there is one with wide times
        const uint64_t old = HEADER_BYTES + counts_of(file).bytes(4);
        if (old + HEADER_BYTES > file.size()) return bad;
        file.remove_prefix(old);
        if (!file.starts_with("TZif")) return bad;
        time_bytes = 8;
    }
    const Counts counts = counts_of(file);
    if (counts.types == 0 || HEADER_BYTES + counts.bytes(time_bytes) > file.size()) return bad;
    const std::string_view body = file.substr(HEADER_BYTES);
    const std::string_view types = body.substr(counts.times * (time_bytes + 1), counts.types * 6);
    TimeZone out;
    out.first_ = static_cast<int32_t>(big_endian(types.substr(0, 4)));
    for (uint64_t i = 0; i < counts.times; ++i) {
        const auto type = static_cast<unsigned char>(body[counts.times * time_bytes + i]);
        if (type >= counts.types) return bad;
        out.changes_.emplace_back(big_endian(body.substr(i * time_bytes, time_bytes)),
                                  static_cast<int32_t>(big_endian(types.substr(type * 6UL, 4))));
    }
    if (!std::is_sorted(out.changes_.begin(), out.changes_.end())) return bad;
    return out;
}

Result<std::shared_ptr<const TimeZone>> TimeZone::find(const std::string& name) {
    if (name.empty() || name == "UTC") return std::shared_ptr<const TimeZone>();
    std::string path = "/etc/localtime";
    if (name != "Local") {
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '-' || c == '+';
        });
        if (!plain || name.front() == '/') return make_error(Code::invalid, "not a time zone: {}", name);
        path = "/usr/share/zoneinfo/" + name;
    }
    const auto file = read_file(real_file_system(), path, ZONE_BYTES_MAX);
    if (!file.ok()) return make_error(Code::invalid, "this machine knows no time zone {}", name);
    return std::make_shared<const TimeZone>(TRY(parse(*file).context("time zone {}", name)));
}

int64_t TimeZone::offset_s(int64_t unix_s) const {
    const auto later = std::upper_bound(changes_.begin(), changes_.end(), unix_s,
                                        [](int64_t s, const auto& change) { return s < change.first; });
    return later == changes_.begin() ? first_ : std::prev(later)->second;
}

bool TimeInterval::holds(int64_t now_ms) const {
    const int64_t unix_s = now_ms / 1000;
    const auto local = static_cast<std::time_t>(unix_s + (zone ? zone->offset_s(unix_s) : 0));
    std::tm t{};
    ::gmtime_r(&local, &t);
    const int year = t.tm_year + 1900, minute = t.tm_hour * 60 + t.tm_min;
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    constexpr std::array<int, 12> DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int last_day = DAYS[static_cast<size_t>(t.tm_mon)] + (leap && t.tm_mon == 1 ? 1 : 0);
    const bool in_time = times.empty() || std::any_of(times.begin(), times.end(), [&](const Range& r) {
                             return minute >= r.from && minute < r.to;
                         });
    const bool in_days =
        days_of_month.empty() || std::any_of(days_of_month.begin(), days_of_month.end(), [&](const Range& r) {
            const int from = r.from < 0 ? last_day + 1 + r.from : r.from;
            const int to = r.to < 0 ? last_day + 1 + r.to : std::min(r.to, last_day);
            return t.tm_mday >= from && t.tm_mday <= to;
        });
    return in_time && in_days && in_any(weekdays, t.tm_wday) && in_any(months, t.tm_mon + 1) && in_any(years, year);
}

Result<TimeInterval> parse_time_interval(const YamlNode& node) {
    if (!node.is_map()) return at_line(node, "a time interval is a map of keys");
    TimeInterval out;
    for (const auto& [key, value] : node.items()) {
        const std::string& name = key.text();
        if (name == "times")
            out.times = TRY(times(value));
        else if (name == "weekdays")
            out.weekdays = TRY(ranges(value, weekday, "weekdays"));
        else if (name == "days_of_month")
            out.days_of_month = TRY(ranges(value, day, "days_of_month"));
        else if (name == "months")
            out.months = TRY(ranges(value, month, "months"));
        else if (name == "years")
            out.years = TRY(ranges(value, number, "years"));
        else if (name == "location") {
            auto zone = TimeZone::find(value.text());
            if (!zone.ok()) return at_line(value, zone.error().message);
            out.zone = *std::move(zone);
        } else {
            return at_line(key, "unknown key " + name + " in a time interval");
        }
    }
    return out;
}

}  // namespace belfry::notify
