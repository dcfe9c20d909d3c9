// The only room of toml++: it takes seconds to compile.
#include "config/toml.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <toml++/toml.h>
#pragma GCC diagnostic pop

namespace belfry::config {
namespace {

int line_of(const toml::node& node) {
    return static_cast<int>(node.source().begin.line);
}

Result<RawValue> value_of(const toml::node& node) {
    if (const auto* v = node.as_boolean()) return RawValue(v->get());
    if (const auto* v = node.as_integer()) return RawValue(v->get());
    if (const auto* v = node.as_floating_point()) return RawValue(v->get());
    if (const auto* v = node.as_string()) return RawValue(v->get());
    if (const auto* array = node.as_array(); array != nullptr && !array->empty() && array->front().is_table()) {
        std::vector<RawTable> tables;
        for (const toml::node& item : *array) {
            const auto* table = item.as_table();
            if (table == nullptr) return make_error(Code::invalid, "lists hold tables or texts, not both");
            RawTable& raw = tables.emplace_back();
            for (const auto& [key, value] : *table) {
                const auto* text = value.as_string();
                if (text == nullptr) return make_error(Code::invalid, "{}: tables of lists hold texts in quotes only", key.str());
                raw.emplace_back(std::string(key.str()), text->get());
            }
        }
        return RawValue(std::move(tables));
    }
    if (const auto* array = node.as_array()) {
        std::vector<std::string> list;
        for (const toml::node& item : *array) {
            const auto* text = item.as_string();
            if (text == nullptr) return make_error(Code::invalid, "lists hold texts in quotes only");
            list.push_back(text->get());
        }
        return RawValue(std::move(list));
    }
    return make_error(Code::invalid, "dates are not used here");
}

Status collect(const toml::table& table,
               const std::string& prefix,
               std::string_view origin,
               std::vector<TomlEntry>& out) {
    for (const auto& [key, node] : table) {
        std::string name = prefix + std::string(key.str());
        if (const toml::table* inner = node.as_table()) {
            if (auto done = collect(*inner, name + ".", origin, out); !done.ok()) return done;
            continue;
        }
        auto value = value_of(node);
        if (!value.ok()) return std::move(value).error().context("{}:{}: {}", origin, line_of(node), name);
        out.push_back({.name = std::move(name), .value = std::move(value).value(), .line = line_of(node)});
    }
    return {};
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text, std::string_view origin) {
    const toml::parse_result parsed = toml::parse(text, origin);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return make_error(Code::invalid, "{}:{}: {}", origin, error.source().begin.line, error.description());
    }
    std::vector<TomlEntry> out;
    if (auto done = collect(parsed.table(), "", origin, out); !done.ok()) return done.error();
    std::stable_sort(out.begin(), out.end(), [](const TomlEntry& a, const TomlEntry& b) { return a.line < b.line; });
    return out;
}

}  // namespace belfry::config
