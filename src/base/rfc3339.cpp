#include "base/rfc3339.h"

namespace belfry {
namespace {

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

std::optional<int64_t> parse_rfc3339_ms(std::string_view text) {
    return Rfc3339(text).parse();
}

}  // namespace belfry
