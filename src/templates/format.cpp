#include "templates/format.h"

#include "base/utf8.h"

#include <charconv>

namespace belfry::templates {
namespace {

constexpr int EXPONENT_FROM = 6;

struct Verb {
    bool plus = false, minus = false, sharp = false, space = false, zero = false;
    int width = -1;
    int precision = -1;
    char verb = 'v';
};

size_t width_of(std::string_view s) {
    size_t count = 0;
    for (size_t i = 0; i < s.size(); ++count) {
        const size_t n = utf8_length(s.substr(i));
        i += n == 0 ? 1 : n;
    }
    return count;
}

void pad(std::string& out, const Verb& v, std::string_view text, bool zeros = false) {
    const size_t have = width_of(text);
    const size_t want = v.width < 0 ? 0 : static_cast<size_t>(v.width);
    const size_t fill = want > have ? want - have : 0;
    if (v.minus) {
        out.append(text).append(fill, ' ');
    } else if (zeros && v.zero) {
        const bool sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ');
        out.append(text.substr(0, sign ? 1 : 0)).append(fill, '0').append(text.substr(sign ? 1 : 0));
    } else {
        out.append(fill, ' ').append(text);
    }
}

std::string exponent_form(std::string_view digits, int exponent) {
    std::string out(1, digits[0]);
    if (digits.size() > 1) out.append(".").append(digits.substr(1));
    return out + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
}

void format_number(std::string& out, const Verb& v, double value) {
    if (std::isnan(value) || std::isinf(value)) {
        std::string text = std::isnan(value)    ? (v.plus ? "+NaN" : "NaN")
                           : value < 0          ? "-Inf"
                           : v.space && !v.plus ? " Inf"
                                                : "+Inf";
        pad(out, v, text);
        return;
    }
    std::string text;
    const double magnitude = std::fabs(value);
    switch (v.verb) {
        case 'f':
        case 'F': text = fmt::format("{:.{}f}", magnitude, v.precision < 0 ? 6 : v.precision); break;
        case 'e': text = fmt::format("{:.{}e}", magnitude, v.precision < 0 ? 6 : v.precision); break;
        case 'E': text = fmt::format("{:.{}E}", magnitude, v.precision < 0 ? 6 : v.precision); break;
        default:
            text =
                v.precision < 0 ? format_float(magnitude) : fmt::format("{:.{}g}", magnitude, std::max(v.precision, 1));
            if (v.verb == 'G')
                for (char& c : text)
                    if (c == 'e') c = 'E';
            break;
    }
    if (std::signbit(value))
        text.insert(0, 1, '-');
    else if (v.plus)
        text.insert(0, 1, '+');
    else if (v.space)
        text.insert(0, 1, ' ');
    pad(out, v, text, true);
}

void format_integer(std::string& out, const Verb& v, int64_t value) {
    const uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    std::string digits;
    switch (v.verb) {
        case 'b': digits = fmt::format("{:b}", magnitude); break;
        case 'o': digits = fmt::format("{:o}", magnitude); break;
        case 'x': digits = fmt::format("{}{:x}", v.sharp ? "0x" : "", magnitude); break;
        case 'X': digits = fmt::format("{}{:X}", v.sharp ? "0X" : "", magnitude); break;
        default: digits = fmt::format("{}", magnitude); break;
    }
    if (v.precision > 0 && digits.size() < static_cast<size_t>(v.precision))
        digits.insert(0, static_cast<size_t>(v.precision) - digits.size(), '0');
    if (value < 0)
        digits.insert(0, 1, '-');
    else if (v.plus)
        digits.insert(0, 1, '+');
    else if (v.space)
        digits.insert(0, 1, ' ');
    pad(out, v, digits, true);
}

void bad_verb(std::string& out, const Verb& v, const Value& value) {
    if (value.is_nothing())
        out += fmt::format("%!{}(<nil>)", v.verb);
    else
        out += fmt::format("%!{}({}={})", v.verb, value.type_name(), to_text(value));
}

void format_text(std::string& out, const Verb& v, std::string_view text, const Value& value) {
    if (v.precision >= 0 && (v.verb == 's' || v.verb == 'v' || v.verb == 'q')) {
        size_t end = 0;
        for (int i = 0; i < v.precision && end < text.size(); ++i) {
            const size_t n = utf8_length(text.substr(end));
            end += n == 0 ? 1 : n;
        }
        text = text.substr(0, end);
    }
    switch (v.verb) {
        case 'v':
        case 's': pad(out, v, text); break;
        case 'q': pad(out, v, quote(text)); break;
        case 'x':
        case 'X': {
            std::string hex;
            for (const char c : text)
                hex += v.verb == 'x' ? fmt::format("{:02x}", static_cast<unsigned char>(c))
                                     : fmt::format("{:02X}", static_cast<unsigned char>(c));
            pad(out, v, hex);
            break;
        }
        default: bad_verb(out, v, value); break;
    }
}

void format_one(std::string& out, const Verb& v, const Value& value) {
    constexpr std::string_view FLOATS = "veEfFgG";
    constexpr std::string_view INTEGERS = "vdboxX";
    if (v.verb == 'T') return pad(out, v, value.is_nothing() ? "<nil>" : value.type_name());
    if (const auto* number = value.number(); number && FLOATS.find(v.verb) != std::string_view::npos)
        return format_number(out, v, *number);
    if (const auto* integer = value.integer()) {
        if (INTEGERS.find(v.verb) != std::string_view::npos) return format_integer(out, v, *integer);
        if ((v.verb == 'c' || v.verb == 'q') && *integer >= 0 && *integer < 0x110000) {
            std::string text;
            append_utf8(text, static_cast<uint32_t>(*integer));
            return pad(out, v, v.verb == 'c' ? text : "'" + text + "'");
        }
        if (v.verb == 'U') return pad(out, v, fmt::format("U+{:04X}", *integer));
        return bad_verb(out, v, value);
    }
    if (const auto* boolean = value.boolean(); boolean && (v.verb == 't' || v.verb == 'v'))
        return pad(out, v, *boolean ? "true" : "false");
    if (const auto* text = value.text()) return format_text(out, v, *text, value);
    if (value.is_nothing() && v.verb == 'v') return pad(out, v, "<nil>");
    if ((value.time() || value.duration() || value.list() || value.map()) && (v.verb == 'v' || v.verb == 's'))
        return pad(out, v, to_text(value));
    if (const auto* duration = value.duration(); duration && v.verb == 'd') return format_integer(out, v, duration->ns);
    bad_verb(out, v, value);
}

}  // namespace

std::string format_float(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific).ptr;
    const std::string_view text(buffer, static_cast<size_t>(end - buffer));
    const size_t e = text.find('e');
    std::string digits;
    for (const char c : text.substr(0, e))
        if (c != '.') digits.push_back(c);
    int exponent = 0;
    const std::string_view exponent_text = text.substr(e + 1);
    std::from_chars(exponent_text.data() + (exponent_text[0] == '+' ? 1 : 0),
                    exponent_text.data() + exponent_text.size(), exponent);
    std::string out = std::signbit(value) ? "-" : "";
    if (exponent < -4 || exponent >= EXPONENT_FROM) return out + exponent_form(digits, exponent);
    if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
    const auto whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0');
    return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (size_t i = 0; i < text.size();) {
        const size_t n = utf8_length(text.substr(i));
        const char c = text[i];
        if (n == 0)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else if (n > 1)
            out.append(text.substr(i, n));
        else if (c == '"' || c == '\\')
            out.append("\\").push_back(c);
        else if (c == '\n')
            out.append("\\n");
        else if (c == '\t')
            out.append("\\t");
        else if (c == '\r')
            out.append("\\r");
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
            out.push_back(c);
        i += n == 0 ? 1 : n;
    }
    return out + "\"";
}

std::string to_text(const Value& value) {
    if (const auto* v = value.boolean()) return *v ? "true" : "false";
    if (const auto* v = value.integer()) return fmt::format("{}", *v);
    if (const auto* v = value.number()) return format_float(*v);
    if (const auto* v = value.text()) return *v;
    if (const auto* v = value.time()) return format_time(*v, "2006-01-02 15:04:05.999999999 -0700 MST");
    if (const auto* v = value.duration()) return format_duration(*v);
    if (const auto* v = value.list()) {
        std::string out = "[";
        for (const Value& item : *v)
            out.append(out.size() > 1 ? " " : "").append(to_text(item));
        return out + "]";
    }
    if (const auto* v = value.map()) {
        std::string out = v->missing == Map::Missing::error ? "{" : "map[";
        bool first = true;
        for (const auto& [name, item] : v->entries) {
            if (!std::exchange(first, false)) out.push_back(' ');
            if (v->missing != Map::Missing::error) out.append(name).push_back(':');
            out.append(to_text(item));
        }
        return out + (v->missing == Map::Missing::error ? "}" : "]");
    }
    return "<no value>";
}

std::string format(std::string_view pattern, std::span<const Value> args) {
    std::string out;
    size_t next = 0;
    for (size_t i = 0; i < pattern.size();) {
        if (pattern[i] != '%') {
            out.push_back(pattern[i++]);
            continue;
        }
        ++i;
        Verb v;
        for (; i < pattern.size(); ++i) {
            const char c = pattern[i];
            if (c == '+')
                v.plus = true;
            else if (c == '-')
                v.minus = true;
            else if (c == '#')
                v.sharp = true;
            else if (c == ' ')
                v.space = true;
            else if (c == '0')
                v.zero = true;
            else
                break;
        }
        const auto read_number = [&]() -> int {
            if (i < pattern.size() && pattern[i] == '*') {
                ++i;
                const int64_t* given = next < args.size() ? args[next].integer() : nullptr;
                ++next;
                return given && *given >= 0 ? static_cast<int>(std::min<int64_t>(*given, FORMAT_WIDTH_MAX)) : 0;
            }
            int n = 0;
            for (; i < pattern.size() && pattern[i] >= '0' && pattern[i] <= '9'; ++i)
                n = std::min(n * 10 + (pattern[i] - '0'), FORMAT_WIDTH_MAX);
            return n;
        };
        if (i < pattern.size() && (pattern[i] == '*' || (pattern[i] >= '1' && pattern[i] <= '9')))
            v.width = read_number();
        if (i < pattern.size() && pattern[i] == '.') {
            ++i;
            v.precision = read_number();
        }
        if (i >= pattern.size()) {
            out.append("%!(NOVERB)");
            break;
        }
        v.verb = pattern[i++];
        if (v.verb == '%') {
            out.push_back('%');
        } else if (next >= args.size()) {
            out += fmt::format("%!{}(MISSING)", v.verb);
        } else {
            format_one(out, v, args[next++]);
        }
    }
    if (next < args.size()) {
        out.append("%!(EXTRA ");
        for (size_t i = next; i < args.size(); ++i)
            out += fmt::format("{}{}={}", i > next ? ", " : "", args[i].is_nothing() ? "<nil>" : args[i].type_name(),
                               to_text(args[i]));
        out.push_back(')');
    }
    return out;
}

}  // namespace belfry::templates
