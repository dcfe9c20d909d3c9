#include "templates/value.h"

namespace belfry::templates {

bool Value::truth() const {
    if (const auto* v = boolean()) return *v;
    if (const auto* v = integer()) return *v != 0;
    if (const auto* v = number()) return *v != 0;
    if (const auto* v = text()) return !v->empty();
    if (const auto* v = list()) return !v->empty();
    if (const auto* v = map()) return v->missing == Map::Missing::error || !v->entries.empty();
    if (const auto* v = duration()) return v->ns != 0;
    return !is_nothing();
}

std::string_view Value::type_name() const {
    static constexpr std::string_view NAMES[] = {"nil",  "bool", "int",       "float64",      "string",
                                                 "list", "map",  "time.Time", "time.Duration"};
    return NAMES[v_.index()];
}

Value text_map(const std::vector<std::pair<std::string, std::string>>& entries) {
    Map map{.missing = Map::Missing::empty_text, .entries = {}};
    for (const auto& [name, value] : entries)
        map.entries.insert_or_assign(name, Value(value));
    return map;
}

}  // namespace belfry::templates
