#include "base/number.h"

#include "base/ascii.h"

namespace belfry {
namespace {

struct Unit {
    std::string_view name;
    uint64_t factor;
};

constexpr Unit DURATION_UNITS[] = {{"y", 31'536'000'000}, {"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000},
                                   {"m", 60'000},         {"s", 1'000},       {"ms", 1}};

constexpr Unit BYTE_UNITS[] = {{"", 1},
                               {"b", 1},
                               {"k", 1000},
                               {"kb", 1000},
                               {"mb", 1'000'000},
                               {"gb", 1'000'000'000},
                               {"tb", 1'000'000'000'000},
                               {"kib", 1ULL << 10},
                               {"mib", 1ULL << 20},
                               {"gib", 1ULL << 30},
                               {"tib", 1ULL << 40}};

template <typename T>
std::optional<T> parse_with_from_chars(std::string_view text) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [p, ec] = std::from_chars(text.data(), end, value);
    if (ec != std::errc() || p != end || text.empty()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<int64_t> parse_int(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    return parse_with_from_chars<int64_t>(text);
}

std::optional<uint64_t> parse_uint(std::string_view text) {
    return parse_with_from_chars<uint64_t>(text);
}

std::optional<double> parse_double(std::string_view text) {
    std::string_view rest = text;
    bool negative = false;
    if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
        negative = rest[0] == '-';
        rest.remove_prefix(1);
    }
    if (rest.empty() || rest[0] == '+' || rest[0] == '-') return std::nullopt;
    double value = 0;
    if (equals_ignoring_case(rest, "inf") || equals_ignoring_case(rest, "infinity")) {
        value = std::numeric_limits<double>::infinity();
    } else if (equals_ignoring_case(rest, "nan")) {
        return std::numeric_limits<double>::quiet_NaN();
    } else {
        auto format = std::chars_format::general;
        if (rest.size() > 2 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'X')) {
            format = std::chars_format::hex;
            rest.remove_prefix(2);
        }
        const char* end = rest.data() + rest.size();
        if (rest[0] == 'i' || rest[0] == 'n' || rest[0] == 'I' || rest[0] == 'N') return std::nullopt;
        const auto [p, ec] = std::from_chars(rest.data(), end, value, format);
        if (p != end) return std::nullopt;
        if (ec == std::errc::result_out_of_range) {
            // from_chars leaves the value alone: decide overflow or underflow with strtod.
            value = std::strtod(std::string(rest).c_str(), nullptr);
        } else if (ec != std::errc()) {
            return std::nullopt;
        }
    }
    return negative ? -value : value;
}

void append_double(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
        return;
    }
    char text[400];
    const double magnitude = std::fabs(value);
    const bool scientific = magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
    const auto [p, ec] = std::to_chars(text, text + sizeof text, value,
                                       scientific ? std::chars_format::scientific : std::chars_format::fixed);
    out.append(text, static_cast<size_t>(p - text));
}

std::string format_double(double value) {
    std::string out;
    append_double(out, value);
    return out;
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
    size_t digits = 0;
    while (digits < text.size() && (std::isdigit(static_cast<unsigned char>(text[digits])) || text[digits] == '.'))
        digits++;
    const auto number = parse_double(text.substr(0, digits));
    if (!number) return std::nullopt;
    std::string_view unit = text.substr(digits);
    while (!unit.empty() && unit.front() == ' ')
        unit.remove_prefix(1);
    for (const Unit& u : BYTE_UNITS) {
        if (!equals_ignoring_case(unit, u.name)) continue;
        const double bytes = *number * static_cast<double>(u.factor);
        if (bytes > 9e18) return std::nullopt;
        return static_cast<uint64_t>(bytes);
    }
    return std::nullopt;
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
    if (const auto seconds = parse_double(text)) {
        if (!std::isfinite(*seconds) || std::fabs(*seconds) > 9e15) return std::nullopt;
        return static_cast<int64_t>(std::llround(*seconds * 1000));
    }
    if (text.empty()) return std::nullopt;
    int64_t total = 0;
    size_t next_unit = 0;  // units must come from large to small, each at most once
    while (!text.empty()) {
        size_t digits = 0;
        while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])))
            digits++;
        const auto number = parse_int(text.substr(0, digits));
        if (!number) return std::nullopt;
        text.remove_prefix(digits);
        bool found = false;
        for (size_t i = std::size(DURATION_UNITS); i-- > next_unit && !found;) {  // "ms" before "m"
            const Unit& u = DURATION_UNITS[i];
            if (!text.starts_with(u.name) || (u.name == "m" && text.starts_with("ms"))) continue;
            int64_t part = 0;
            if (__builtin_mul_overflow(*number, static_cast<int64_t>(u.factor), &part)) return std::nullopt;
            if (__builtin_add_overflow(total, part, &total)) return std::nullopt;
            text.remove_prefix(u.name.size());
            next_unit = i + 1;
            found = true;
        }
        if (!found) return std::nullopt;
    }
    return total;
}

std::string format_duration_ms(int64_t ms) {
    if (ms == 0) return "0s";
    std::string out = ms < 0 ? "-" : "";
    uint64_t left = ms < 0 ? ~static_cast<uint64_t>(ms) + 1 : static_cast<uint64_t>(ms);
    for (const Unit& u : DURATION_UNITS) {
        // Years, weeks and days only when they divide evenly, so that 90 d stays "90d" and not "12w6d".
        if (u.factor >= 86'400'000 && (left % u.factor) != 0 && u.name != "d") continue;
        const uint64_t count = left / u.factor;
        if (count == 0) continue;
        out += std::to_string(count);
        out += u.name;
        left -= count * u.factor;
    }
    return out;
}

}  // namespace belfry
