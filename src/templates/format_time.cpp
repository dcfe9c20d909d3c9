#include "templates/format.h"

namespace belfry::templates {
namespace {

constexpr std::string_view MONTHS[] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view DAYS[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

struct Parts {
    int year, month, day, weekday, day_of_year, hour, minute, second, nanosecond;
};

Parts split(int64_t ns) {
    namespace chrono = std::chrono;
    const chrono::sys_time<chrono::nanoseconds> time{chrono::nanoseconds(ns)};
    const auto date = chrono::floor<chrono::days>(time);
    const chrono::year_month_day ymd(date);
    const auto clock = time - date;
    const auto seconds_of_day = chrono::duration_cast<chrono::seconds>(clock).count();
    return {.year = static_cast<int>(ymd.year()),
            .month = static_cast<int>(static_cast<unsigned>(ymd.month())),
            .day = static_cast<int>(static_cast<unsigned>(ymd.day())),
            .weekday = static_cast<int>(chrono::weekday(date).c_encoding()),
            .day_of_year = static_cast<int>((date - chrono::sys_days(ymd.year() / chrono::January / 1)).count()) + 1,
            .hour = static_cast<int>(seconds_of_day / 3600),
            .minute = static_cast<int>(seconds_of_day / 60 % 60),
            .second = static_cast<int>(seconds_of_day % 60),
            .nanosecond = static_cast<int>((clock % chrono::seconds(1)).count())};
}

// Longest first among those that begin alike.
constexpr std::string_view TOKENS[] = {"January", "Jan",   "Monday", "Mon", "MST", "2006", "-07:00", "-0700", "-07",
                                       "Z07:00",  "Z0700", "002",    "01",  "02",  "03",   "04",     "05",    "06",
                                       "15",      "PM",    "pm",     "_2",  "1",   "2",    "3",      "4",     "5"};

std::string token_text(std::string_view token, const Parts& p) {
    const int hour12 = p.hour % 12 == 0 ? 12 : p.hour % 12;
    if (token == "January") return std::string(MONTHS[p.month - 1]);
    if (token == "Jan") return std::string(MONTHS[p.month - 1].substr(0, 3));
    if (token == "Monday") return std::string(DAYS[p.weekday]);
    if (token == "Mon") return std::string(DAYS[p.weekday].substr(0, 3));
    if (token == "MST") return "UTC";
    if (token == "2006") return fmt::format("{:04}", p.year);
    if (token == "-07:00") return "+00:00";
    if (token == "-0700") return "+0000";
    if (token == "-07") return "+00";
    if (token == "Z07:00" || token == "Z0700") return "Z";
    if (token == "002") return fmt::format("{:03}", p.day_of_year);
    if (token == "01") return fmt::format("{:02}", p.month);
    if (token == "02") return fmt::format("{:02}", p.day);
    if (token == "03") return fmt::format("{:02}", hour12);
    if (token == "04") return fmt::format("{:02}", p.minute);
    if (token == "05") return fmt::format("{:02}", p.second);
    if (token == "06") return fmt::format("{:02}", p.year % 100);
    if (token == "15") return fmt::format("{:02}", p.hour);
    if (token == "PM") return p.hour >= 12 ? "PM" : "AM";
    if (token == "pm") return p.hour >= 12 ? "pm" : "am";
    if (token == "_2") return fmt::format("{:2}", p.day);
    if (token == "1") return fmt::format("{}", p.month);
    if (token == "2") return fmt::format("{}", p.day);
    if (token == "3") return fmt::format("{}", hour12);
    if (token == "4") return fmt::format("{}", p.minute);
    return fmt::format("{}", p.second);
}

}  // namespace

std::string format_time(Time time, std::string_view layout) {
    const Parts p = split(time.ns);
    std::string out;
    for (size_t i = 0; i < layout.size();) {
        const std::string_view rest = layout.substr(i);
        // fractions: .000 always, .999 without zeros at the end
        if ((rest[0] == '.' || rest[0] == ',') && rest.size() > 1 && (rest[1] == '0' || rest[1] == '9')) {
            size_t n = 1;
            while (n < rest.size() && rest[n] == rest[1])
                ++n;
            if (n == rest.size() || rest[n] < '0' || rest[n] > '9') {
                std::string digits = fmt::format("{:09}", p.nanosecond).substr(0, std::min<size_t>(n - 1, 9));
                if (rest[1] == '9')
                    while (!digits.empty() && digits.back() == '0')
                        digits.pop_back();
                if (!digits.empty()) out.append(1, rest[0]).append(digits);
                i += n;
                continue;
            }
        }
        const auto* token = std::find_if(std::begin(TOKENS), std::end(TOKENS),
                                         [&](std::string_view t) { return rest.substr(0, t.size()) == t; });
        if (token == std::end(TOKENS)) {
            out.push_back(layout[i++]);
            continue;
        }
        out.append(token_text(*token, p));
        i += token->size();
    }
    return out;
}

std::string format_duration(Duration duration) {
    if (duration.ns == 0) return "0s";
    const uint64_t ns = duration.ns < 0 ? 0 - static_cast<uint64_t>(duration.ns) : static_cast<uint64_t>(duration.ns);
    std::string out = duration.ns < 0 ? "-" : "";
    if (ns < 1'000) return out + fmt::format("{}ns", ns);
    if (ns < 1'000'000) return out + format_float(static_cast<double>(ns) / 1e3) + "µs";
    if (ns < 1'000'000'000) return out + format_float(static_cast<double>(ns) / 1e6) + "ms";
    const uint64_t seconds = ns / 1'000'000'000;
    if (seconds >= 3600) out += fmt::format("{}h", seconds / 3600);
    if (seconds >= 60) out += fmt::format("{}m", seconds / 60 % 60);
    return out + format_float(static_cast<double>(seconds % 60) + static_cast<double>(ns % 1'000'000'000) / 1e9) + "s";
}

}  // namespace belfry::templates
