#include "api/prometheus/params.h"

#include "base/number.h"
#include "base/utf8.h"
#include "query/promql/literal.h"
#include "query/promql/parser.h"

namespace belfry::api {
namespace {

constexpr double SECONDS_MAX = 9.2e15;  // in milliseconds it fits 64 bits
// How Go clients write the ends of time.
constexpr std::string_view BEGIN_OF_TIME = "-292273086-05-16T16:47:06Z";
constexpr std::string_view END_OF_TIME = "292277025-08-18T07:12:54.999999999Z";

// Days since the epoch of a date of the proleptic Gregorian calendar (algorithm of H. Hinnant, days_from_civil).
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
    year -= month <= 2 ? 1 : 0;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

int64_t days_in_month(int64_t year, int64_t month) {
    const int64_t next_year = month == 12 ? year + 1 : year;
    const int64_t next_month = month == 12 ? 1 : month + 1;
    return days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1);
}

// `2015-07-01T20:10:30.781Z`, `...+02:00`; a fraction beyond milliseconds is cut.
class Rfc3339 {
  public:
    explicit Rfc3339(std::string_view text) : rest_(text) {}

    std::optional<int64_t> parse() {
        const auto year = digits(4);
        const bool date = skip('-') && digits_into(2, &month_) && skip('-') && digits_into(2, &day_);
        if (!year || !date || (!skip('T') && !skip('t'))) return std::nullopt;
        int64_t hour = 0;
        int64_t minute = 0;
        int64_t second = 0;
        const bool time =
            digits_into(2, &hour) && skip(':') && digits_into(2, &minute) && skip(':') && digits_into(2, &second);
        if (!time || month_ < 1 || month_ > 12 || day_ < 1 || day_ > days_in_month(*year, month_)) return std::nullopt;
        if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
        const auto fraction_ms = fraction();
        const auto offset_s = zone();
        if (!fraction_ms || !offset_s || !rest_.empty()) return std::nullopt;
        const int64_t day = days_from_civil(*year, month_, day_);
        return ((day * 24 + hour) * 60 + minute) * 60'000 + (second - *offset_s) * 1000 + *fraction_ms;
    }

  private:
    bool skip(char c) {
        if (rest_.empty() || rest_[0] != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::optional<int64_t> digits(size_t count) {
        if (rest_.size() < count) return std::nullopt;
        int64_t value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool digits_into(size_t count, int64_t* out) {
        const auto value = digits(count);
        if (value) *out = *value;
        return value.has_value();
    }
    std::optional<int64_t> fraction() {
        if (!skip('.')) return 0;
        int64_t ms = 0;
        size_t count = 0;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), ++count) {
            if (count < 3) ms = ms * 10 + (rest_[0] - '0');
        }
        if (count == 0) return std::nullopt;
        for (; count < 3; ++count)
            ms *= 10;
        return ms;
    }
    std::optional<int64_t> zone() {
        if (skip('Z') || skip('z')) return 0;
        const bool east = skip('+');
        if (!east && !skip('-')) return std::nullopt;
        int64_t hours = 0;
        int64_t minutes = 0;
        if (!digits_into(2, &hours) || !skip(':') || !digits_into(2, &minutes) || hours > 24 || minutes > 59)
            return std::nullopt;
        const int64_t offset_s = hours * 3600 + minutes * 60;
        return east ? offset_s : -offset_s;
    }

    std::string_view rest_;
    int64_t month_ = 0;
    int64_t day_ = 0;
};

}  // namespace

Result<int64_t> parse_time_ms(std::string_view text) {
    if (const auto seconds = parse_double(text); seconds && std::abs(*seconds) <= SECONDS_MAX) {
        const double whole = std::trunc(*seconds);
        return static_cast<int64_t>(whole) * 1000 + std::llround((*seconds - whole) * 1000);
    }
    if (const auto time_ms = Rfc3339(text).parse()) return *time_ms;
    if (text == BEGIN_OF_TIME) return TIME_MIN_MS;
    if (text == END_OF_TIME) return TIME_MAX_MS;
    return make_error(Code::invalid, "cannot parse {} to a valid timestamp", promql::quote(text));
}

Result<int64_t> parse_length_ms(std::string_view text) {
    if (const auto seconds = parse_double(text); seconds && !std::isnan(*seconds)) {
        constexpr double LIMIT_S = 9'223'372'036.0;  // 292 years
        if (std::abs(*seconds) > LIMIT_S) {
            return make_error(Code::invalid, "cannot parse {} to a valid duration. It overflows int64",
                              promql::quote(text));
        }
        return std::llround(*seconds * 1000);
    }
    if (const auto ms = promql::parse_duration(text)) return *ms;
    return make_error(Code::invalid, "cannot parse {} to a valid duration", promql::quote(text));
}

Error invalid_parameter(std::string_view name, const Error& error) {
    return make_error(Code::invalid, "invalid parameter \"{}\": {}", name, error.message);
}

Result<int64_t> required_time_param(const http::Request& request, std::string_view name) {
    auto time_ms = parse_time_ms(request.param(name).value_or(""));
    if (!time_ms) return invalid_parameter(name, time_ms.error());
    return time_ms;
}

Result<int64_t> time_param(const http::Request& request, std::string_view name, int64_t fallback_ms) {
    const std::string text = request.param(name).value_or("");
    if (text.empty()) return fallback_ms;
    auto time_ms = parse_time_ms(text);
    if (!time_ms)
        return invalid_parameter(name, std::move(time_ms).error().context("invalid time value for '{}'", name));
    return time_ms;
}

Result<std::optional<int64_t>> length_param(const http::Request& request, std::string_view name) {
    const std::string text = request.param(name).value_or("");
    if (text.empty()) return std::optional<int64_t>();
    auto ms = parse_length_ms(text);
    if (!ms) return invalid_parameter(name, ms.error());
    return std::optional<int64_t>(*ms);
}

Result<size_t> limit_param(const http::Request& request) {
    const std::string text = request.param("limit").value_or("");
    if (text.empty()) return size_t{0};
    const auto value = parse_int(text);
    if (!value)
        return make_error(Code::invalid, "invalid parameter \"limit\": {} is not a number", promql::quote(text));
    if (*value < 0) return make_error(Code::invalid, "invalid parameter \"limit\": limit must be non-negative");
    return static_cast<size_t>(*value);
}

Result<model::TimeRange> range_params(const http::Request& request) {
    const int64_t from_ms = TRY(time_param(request, "start", TIME_MIN_MS));
    const int64_t last_ms = TRY(time_param(request, "end", TIME_MAX_MS));
    if (last_ms < from_ms) {
        return make_error(Code::invalid, "invalid parameter \"end\": end timestamp must not be before start time");
    }
    return model::TimeRange{from_ms, last_ms == TIME_MAX_MS ? TIME_MAX_MS : last_ms + 1};
}

Result<std::vector<model::Matchers>> match_params(const http::Request& request) {
    constexpr size_t SELECTORS_MAX = 1'000;  // each is a query of its own
    std::vector<model::Matchers> out;
    const auto texts = request.params("match[]");
    if (texts.size() > SELECTORS_MAX)
        return make_error(Code::invalid, "more than {} match[] parameters", SELECTORS_MAX);
    for (const std::string& text : texts) {
        auto matchers = promql::parse_selector(text);
        if (!matchers) return invalid_parameter("match[]", matchers.error());
        if (promql::matches_all(*matchers)) {
            return make_error(Code::invalid,
                              "invalid parameter \"match[]\": match[] must contain at least one non-empty matcher");
        }
        out.push_back(std::move(*matchers));
    }
    return out;
}

// The escaping of the Prometheus data model's "values" scheme: "__" is an underscore, "_2e_" the code point U+002E.
std::string unescape_label_name(std::string_view text) {
    constexpr std::string_view PREFIX = "U__";
    if (!text.starts_with(PREFIX)) return std::string(text);
    std::string out;
    for (size_t i = PREFIX.size(); i < text.size(); ++i) {
        if (text[i] != '_') {
            out += text[i];
            continue;
        }
        const size_t end = text.find('_', i + 1);
        if (end == std::string_view::npos) return std::string(text);
        const std::string_view digits = text.substr(i + 1, end - i - 1);
        uint32_t code_point = '_';
        if (!digits.empty()) {
            const auto [p, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), code_point, 16);
            const bool surrogate = code_point >= 0xD800 && code_point < 0xE000;
            if (ec != std::errc() || p != digits.data() + digits.size() || code_point > 0x10FFFF || surrogate)
                return std::string(text);
        }
        append_utf8(out, code_point);
        i = end;
    }
    return out;
}

}  // namespace belfry::api
