#include "query/promql/literal.h"

#include "base/number.h"
#include "base/utf8.h"

namespace belfry::promql {
namespace {

constexpr int64_t DURATION_MS_MAX = std::numeric_limits<int64_t>::max() / 1'000'000;  // in nanoseconds it fits 64 bits

struct Unit {
    std::string_view name;
    int64_t ms;
};
constexpr Unit UNITS[] = {{"y", 31'536'000'000}, {"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000},
                          {"m", 60'000},         {"s", 1'000},       {"ms", 1}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int digit_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

std::optional<double> parse_integer(std::string_view digits, int base) {
    uint64_t value = 0;
    const auto [p, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (ec != std::errc() || p != digits.data() + digits.size()) return std::nullopt;
    return static_cast<double>(value);
}

// Printed as they are: no controls, no spaces but ' ', nothing private or invisible.
bool is_printable(uint32_t c) {
    if (c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD) return false;
    if ((c >= 0x2000 && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) || (c >= 0x205F && c <= 0x206F)) return false;
    if (c == 0x1680 || c == 0x3000 || c == 0xFEFF || (c >= 0xE000 && c <= 0xF8FF) || (c & 0xFFFE) == 0xFFFE)
        return false;
    return c < 0xE0000;
}

// The bytes or code point of the escape at text[i] (after the backslash); moves i behind it.
Status append_escape(std::string_view text, size_t* i, char quote_mark, std::string& out) {
    if (*i >= text.size()) return make_error(Code::invalid, "escape sequence not terminated");
    const char c = text[(*i)++];
    if (c == quote_mark || c == '\\') {
        out += c;
        return {};
    }
    static constexpr std::string_view NAMES = "abfnrtv";
    static constexpr std::string_view VALUES = "\a\b\f\n\r\t\v";
    if (const size_t simple = NAMES.find(c); simple != std::string_view::npos) {
        out += VALUES[simple];
        return {};
    }
    size_t digits = 0;
    uint32_t base = 16;
    uint32_t value = 0;
    if (c >= '0' && c <= '7') {
        digits = 2;
        base = 8;
        value = static_cast<uint32_t>(c - '0');
    } else if (c == 'x') {
        digits = 2;
    } else if (c == 'u') {
        digits = 4;
    } else if (c == 'U') {
        digits = 8;
    } else {
        return make_error(Code::invalid, "unknown escape sequence '\\{}'", c);
    }
    for (; digits > 0; --digits) {
        if (*i >= text.size()) return make_error(Code::invalid, "escape sequence not terminated");
        const auto digit = static_cast<uint32_t>(digit_value(text[*i]));
        if (digit >= base)
            return make_error(Code::invalid, "illegal character {} in escape sequence", quote(text.substr(*i, 1)));
        value = value * base + digit;
        ++*i;
    }
    const bool is_byte = base == 8 || c == 'x';
    if ((is_byte && value > 255) || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
        return make_error(Code::invalid, "escape sequence is an invalid Unicode code point");
    }
    if (is_byte)
        out += static_cast<char>(value);
    else
        append_utf8(out, value);
    return {};
}

}  // namespace

Result<double> parse_number(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (c != '_') digits += c;
    }
    const std::string_view plain = digits;
    std::optional<double> value;
    if (plain.size() > 2 && plain[0] == '0' && (plain[1] == 'x' || plain[1] == 'X'))
        value = parse_integer(plain.substr(2), 16);
    else if (plain.size() > 1 && plain[0] == '0')
        value = parse_integer(plain.substr(1), 8);
    if (!value && plain.substr(0, 2) != "0x" && plain.substr(0, 2) != "0X") value = parse_double(plain);
    if (!value) return make_error(Code::invalid, "error parsing number: {} is not a number", quote(text));
    if (std::isinf(*value) && is_digit(plain[0])) {
        return make_error(Code::invalid, "error parsing number: {} is out of range", quote(text));
    }
    return *value;
}

Result<int64_t> parse_duration(std::string_view text) {
    int64_t total_ms = 0;
    size_t i = 0;
    size_t unit_at = 0;  // units before this one are used or passed by
    if (text.empty()) return make_error(Code::invalid, "empty duration string");
    while (i < text.size()) {
        int64_t value = 0;
        const size_t digits = i;
        for (; i < text.size() && is_digit(text[i]); ++i) {
            if (value > DURATION_MS_MAX) return make_error(Code::invalid, "duration out of range");
            value = value * 10 + (text[i] - '0');
        }
        const size_t letters = i;
        while (i < text.size() && is_letter(text[i]))
            ++i;
        const std::string_view name = text.substr(letters, i - letters);
        size_t unit = 0;
        while (unit < std::size(UNITS) && UNITS[unit].name != name)
            ++unit;
        if (unit == std::size(UNITS) && digits != letters && !name.empty()) {
            return make_error(Code::invalid, "unknown unit {} in duration {}", quote(name), quote(text));
        }
        if (digits == letters || unit == std::size(UNITS) || unit < unit_at) {
            return make_error(Code::invalid, "not a valid duration string: {}", quote(text));
        }
        unit_at = unit + 1;
        int64_t ms = 0;
        if (__builtin_mul_overflow(value, UNITS[unit].ms, &ms) || __builtin_add_overflow(total_ms, ms, &total_ms) ||
            total_ms > DURATION_MS_MAX) {
            return make_error(Code::invalid, "duration out of range");
        }
    }
    return total_ms;
}

Result<std::string> unquote(std::string_view text) {
    if (text.size() < 2 || text.front() != text.back()) return make_error(Code::invalid, "invalid syntax");
    const char mark = text[0];
    text = text.substr(1, text.size() - 2);
    if (mark == '`') return std::string(text);
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
        if (text[i] != '\\') {
            out += text[i++];
            continue;
        }
        ++i;
        TRY(append_escape(text, &i, mark, out));
    }
    return out;
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        const size_t length = utf8_length(text.substr(i));
        if (length == 0) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i++]));
            continue;
        }
        const uint32_t c = utf8_code_point(text.substr(i, length));
        static constexpr std::string_view NAMES = "abfnrtv\\\"";
        static constexpr std::string_view VALUES = "\a\b\f\n\r\t\v\\\"";
        const size_t simple = c < 0x80 ? VALUES.find(static_cast<char>(c)) : std::string_view::npos;
        if (simple != std::string_view::npos)
            (out += '\\') += NAMES[simple];
        else if (is_printable(c))
            out += text.substr(i, length);
        else if (c < 0x80)
            out += fmt::format("\\x{:02x}", c);
        else if (c < 0x10000)
            out += fmt::format("\\u{:04x}", c);
        else
            out += fmt::format("\\U{:08x}", c);
        i += length;
    }
    return out += '"';
}

}  // namespace belfry::promql
