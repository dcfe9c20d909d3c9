#include "config/key.h"

#include "base/number.h"
#include "config/toml.h"

namespace belfry::config {
namespace {

std::string written(const RawValue& raw) {
    struct Printer {
        std::string operator()(bool v) const { return v ? "true" : "false"; }
        std::string operator()(int64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const { return format_double(v); }
        std::string operator()(const std::string& v) const { return print_text(v); }
        std::string operator()(const std::vector<std::string>& v) const { return print_list(v); }
        std::string operator()(const std::vector<RawTable>& v) const { return print_tables(v); }
    };
    return std::visit(Printer{}, raw);
}

Error expected(std::string_view what, const RawValue& raw) {
    return make_error(Code::invalid, "expected {}, not {}", what, written(raw));
}

template <typename T, typename Print>
Result<T> in_range(T value, T min, T max, Print print) {
    if (value >= min && value <= max) return value;
    return make_error(Code::invalid, "must be between {} and {}, not {}", print(min), print(max), print(value));
}

}  // namespace

std::string Key::environment_name() const {
    std::string out = "BELFRY_";
    for (const char c : name) {
        if (c == '.')
            out += "__";
        else
            out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return out;
}

Result<bool> as_switch(const RawValue& raw) {
    if (const bool* v = std::get_if<bool>(&raw)) return *v;
    if (const std::string* text = std::get_if<std::string>(&raw)) {
        if (*text == "true" || *text == "on" || *text == "1") return true;
        if (*text == "false" || *text == "off" || *text == "0") return false;
    }
    return expected("true or false", raw);
}

Result<uint64_t> as_count(const RawValue& raw, uint64_t min, uint64_t max) {
    std::optional<uint64_t> value;
    if (const int64_t* v = std::get_if<int64_t>(&raw); v != nullptr && *v >= 0) value = static_cast<uint64_t>(*v);
    if (const std::string* text = std::get_if<std::string>(&raw)) value = parse_uint(*text);
    if (!value) return expected("a whole number", raw);
    return in_range(*value, min, max, [](uint64_t v) { return std::to_string(v); });
}

Result<double> as_ratio(const RawValue& raw, double min, double max) {
    std::optional<double> value;
    if (const double* v = std::get_if<double>(&raw)) value = *v;
    if (const int64_t* v = std::get_if<int64_t>(&raw)) value = static_cast<double>(*v);
    if (const std::string* text = std::get_if<std::string>(&raw)) value = parse_double(*text);
    if (!value) return expected("a number", raw);
    return in_range(*value, min, max, [](double v) { return format_double(v); });
}

Result<uint64_t> as_bytes(const RawValue& raw, uint64_t min, uint64_t max) {
    std::optional<uint64_t> value;
    if (const int64_t* v = std::get_if<int64_t>(&raw); v != nullptr && *v >= 0) value = static_cast<uint64_t>(*v);
    if (const std::string* text = std::get_if<std::string>(&raw)) value = parse_bytes(*text);
    if (!value) return expected("a size like \"512MiB\"", raw);
    return in_range(*value, min, max, [](uint64_t v) { return print_bytes(v); });
}

Result<int64_t> as_duration_ms(const RawValue& raw, int64_t min, int64_t max) {
    std::optional<int64_t> value;
    // a bare number would leave the unit to guessing
    if (const std::string* text = std::get_if<std::string>(&raw); text != nullptr && !parse_double(*text)) {
        value = parse_duration_ms(*text);
    }
    if (!value) return expected("a duration like \"30m\" or \"15d\"", raw);
    return in_range(*value, min, max, [](int64_t v) { return print_duration(v); });
}

Result<std::string> as_text(const RawValue& raw) {
    if (const std::string* text = std::get_if<std::string>(&raw)) return *text;
    return expected("a text in quotes", raw);
}

Result<std::string> as_choice(const RawValue& raw, const std::vector<std::string>& choices) {
    const std::string* text = std::get_if<std::string>(&raw);
    if (text != nullptr && std::find(choices.begin(), choices.end(), *text) != choices.end()) return *text;
    std::string all;
    for (const std::string& choice : choices)
        all += (all.empty() ? "" : " or ") + print_text(choice);
    return expected(all, raw);
}

Result<std::vector<std::string>> as_list(const RawValue& raw) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&raw)) return *list;
    const std::string* text = std::get_if<std::string>(&raw);
    if (text == nullptr) return expected("a list of texts", raw);
    std::vector<std::string> out;  // from the environment and flags: separated by commas
    for (size_t at = 0; at < text->size();) {
        const size_t comma = std::min(text->find(',', at), text->size());
        if (comma > at) out.push_back(text->substr(at, comma - at));
        at = comma + 1;
    }
    return out;
}

Result<std::vector<RawTable>> as_tables(const RawValue& raw) {
    if (const auto* tables = std::get_if<std::vector<RawTable>>(&raw)) return *tables;
    if (const auto* list = std::get_if<std::vector<std::string>>(&raw); list != nullptr && list->empty()) return std::vector<RawTable>();
    if (const std::string* text = std::get_if<std::string>(&raw)) {
        const auto parsed = parse_toml("list = " + *text, "the value");
        if (parsed.ok() && parsed->size() == 1 && !std::holds_alternative<std::string>(parsed->front().value))
            return as_tables(parsed->front().value);
    }
    return expected("a list of tables like [{match = \"{}\"}]", raw);
}

std::string print_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + "\"";
}

std::string print_list(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& item : list)
        out += (out.size() == 1 ? "" : ", ") + print_text(item);
    return out + "]";
}

std::string print_tables(const std::vector<RawTable>& tables) {
    std::string out = "[";
    for (const RawTable& table : tables) {
        out += out.size() == 1 ? "{" : ", {";
        for (const auto& [name, value] : table) out += fmt::format("{}{} = {}", out.ends_with('{') ? "" : ", ", name, print_text(value));
        out += "}";
    }
    return out + "]";
}

std::string print_bytes(uint64_t bytes) {
    static constexpr std::pair<std::string_view, int> UNITS[] = {{"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}};
    for (const auto& [unit, shift] : UNITS) {
        const uint64_t whole = bytes >> shift;
        if (whole != 0 && whole << shift == bytes) return fmt::format("\"{}{}\"", whole, unit);
    }
    return std::to_string(bytes);
}

std::string print_duration(int64_t ms) {
    return print_text(format_duration_ms(ms));
}

}  // namespace belfry::config
