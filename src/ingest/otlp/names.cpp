#include "ingest/otlp/names.h"

#include "base/ascii.h"

#include <vector>

namespace belfry::ingest::otlp {
namespace {

struct Word {
    std::string_view from;
    std::string_view to;
};
// UCUM -> Prometheus' base units (OpenTelemetry specification, compatibility with Prometheus)
constexpr Word UNITS[] = {
    {"d", "days"},          {"h", "hours"},        {"min", "minutes"},   {"s", "seconds"},      {"ms", "milliseconds"},
    {"us", "microseconds"}, {"ns", "nanoseconds"}, {"By", "bytes"},      {"KiBy", "kibibytes"}, {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},  {"TiBy", "tibibytes"}, {"KBy", "kilobytes"}, {"MBy", "megabytes"},  {"GBy", "gigabytes"},
    {"TBy", "terabytes"},   {"m", "meters"},       {"V", "volts"},       {"A", "amperes"},      {"J", "joules"},
    {"W", "watts"},         {"g", "grams"},        {"Cel", "celsius"},   {"Hz", "hertz"},       {"1", ""},
    {"%", "percent"},
};
constexpr Word PER_UNITS[] = {
    {"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"}, {"w", "week"}, {"mo", "month"}, {"y", "year"},
};

template <size_t N>
std::string_view translate(const Word (&table)[N], std::string_view word) {
    for (const Word& row : table)
        if (row.from == word) return row.to;
    return word;
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Runs of letters, digits and what `keep` says.
template <typename Keep>
std::vector<std::string> words_of(std::string_view text, Keep keep) {
    std::vector<std::string> out;
    bool inside = false;
    for (const char c : text) {
        const bool kept = is_word(c) || keep(c);
        if (kept && !inside) out.emplace_back();
        if (kept) out.back().push_back(c);
        inside = kept;
    }
    return out;
}

std::string join(const std::vector<std::string>& words) {
    std::string out;
    for (const std::string& word : words)
        out += (out.empty() ? "" : "_") + word;
    return out;
}

struct Unit {
    std::string main;
    std::string per;  // "per_second"
};

/// Annotations in braces say nothing about the unit: "{request}", "By{transmitted}" are counts of things.
Unit unit_words(std::string_view unit, bool clean) {
    const size_t slash = unit.find('/');
    const std::string_view main = trim_blanks(unit.substr(0, slash));
    const std::string_view per =
        slash == std::string_view::npos ? std::string_view() : trim_blanks(unit.substr(slash + 1));
    const auto word = [clean](std::string_view text) {
        if (!clean) return std::string(text);
        return join(words_of(text, [](char c) { return c == ':'; }));
    };
    Unit out;
    if (!main.empty() && main.find_first_of("{}") == std::string_view::npos) out.main = word(translate(UNITS, main));
    if (!per.empty() && per.find_first_of("{}") == std::string_view::npos)
        if (const std::string name = word(translate(PER_UNITS, per)); !name.empty()) out.per = "per_" + name;
    return out;
}

std::string with_underscores(std::string_view name, std::string_view unit, Kind kind) {
    std::vector<std::string> words = words_of(name, [](char c) { return c == ':'; });
    Unit words_of_unit = unit_words(unit, true);
    for (const std::string* suffix : {&words_of_unit.main, &words_of_unit.per})
        if (!suffix->empty() && std::find(words.begin(), words.end(), *suffix) == words.end()) words.push_back(*suffix);
    const auto move_last = [&words](const char* word) {
        std::erase(words, word);
        words.emplace_back(word);
    };
    if (kind == Kind::counter) move_last("total");
    if (kind == Kind::gauge && unit == "1") move_last("ratio");
    std::string out = join(words);
    if (!out.empty() && is_digit(out[0])) out.insert(0, "_");
    return out;
}

/// Without the word and what separates it from the rest.
void strip_suffix(std::string& name, std::string_view word) {
    if (name.ends_with(word) && name.size() > word.size() + 1) name.resize(name.size() - word.size() - 1);
}

std::string with_suffixes(std::string_view name, std::string_view unit, Kind kind) {
    std::string out(name);
    const std::string_view last = kind == Kind::counter ? "total" : kind == Kind::gauge && unit == "1" ? "ratio" : "";
    if (!last.empty()) strip_suffix(out, last);
    const Unit words = unit_words(unit, false);
    if (!words.per.empty()) strip_suffix(out, words.per);
    if (!words.main.empty() && !out.ends_with(words.main)) out += "_" + words.main;
    if (!words.per.empty()) out += "_" + words.per;
    if (!last.empty()) out.append("_").append(last);
    return out;
}

}  // namespace

std::string metric_name(std::string_view name, std::string_view unit, Kind kind, Translation translation) {
    switch (translation) {
        case Translation::underscores_with_suffixes: return with_underscores(name, unit, kind);
        case Translation::utf8_with_suffixes: return with_suffixes(name, unit, kind);
        case Translation::none: return std::string(name);
        case Translation::underscores_without_suffixes: break;
    }
    std::string out = join(words_of(name, [](char c) { return c == ':' || c == '_'; }));
    if (!out.empty() && is_digit(out[0])) out.insert(0, "_");
    return out;
}

std::string label_name(std::string_view name, Translation translation) {
    std::string out(name);
    if (translation == Translation::utf8_with_suffixes || translation == Translation::none || out.empty()) return out;
    // a letter of several bytes is one character
    size_t kept = 0;
    for (const char c : name)
        if ((static_cast<uint8_t>(c) & 0xc0) != 0x80) out[kept++] = is_word(c) ? c : '_';
    out.resize(kept);
    if (out.empty()) return out;
    if (is_digit(out[0])) return "key_" + out;
    if (out.starts_with('_') && !out.starts_with("__")) return "key" + out;
    return out;
}

std::string unit_name(std::string_view unit) {
    const Unit words = unit_words(unit, true);
    if (words.main.empty() || words.per.empty()) return words.main + words.per;
    return words.main + "_" + words.per;
}

}  // namespace belfry::ingest::otlp
