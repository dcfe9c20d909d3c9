#include "templates/fields.h"

#include "templates/format.h"

namespace belfry::templates {
namespace {

constexpr int64_t SECOND = 1'000'000'000;

// Nothing when there is no such method, or the arguments are not its own.
std::optional<Value> time_method(Time t, std::string_view name, std::span<const Value> arguments) {
    const auto seconds = t.ns >= 0 ? t.ns / SECOND : -((-t.ns + SECOND - 1) / SECOND);
    if (arguments.empty()) {
        if (name == "Unix") return Value(seconds);
        if (name == "UnixMilli") return Value(t.ns / 1'000'000);
        if (name == "UnixNano") return Value(t.ns);
        if (name == "UTC" || name == "Local") return Value(t);
        if (name == "String") return Value(to_text(Value(t)));
        static constexpr std::pair<std::string_view, std::string_view> PARTS[] = {
            {"Year", "2006"}, {"Month", "January"}, {"Weekday", "Monday"}};
        for (const auto& [part, layout] : PARTS)
            if (name == part)
                return name == "Year" ? Value(static_cast<int64_t>(std::stoll(format_time(t, layout))))
                                      : Value(format_time(t, layout));
        const int64_t of_day = ((seconds % 86'400) + 86'400) % 86'400;
        if (name == "Hour") return Value(of_day / 3600);
        if (name == "Minute") return Value(of_day / 60 % 60);
        if (name == "Second") return Value(of_day % 60);
        if (name == "Day") return Value(static_cast<int64_t>(std::stoll(format_time(t, "2"))));
        return std::nullopt;
    }
    if (arguments.size() != 1) return std::nullopt;
    if (name == "Format" && arguments[0].text()) return Value(format_time(t, *arguments[0].text()));
    int64_t result = 0;
    if (name == "Add" && arguments[0].duration() && !__builtin_add_overflow(t.ns, arguments[0].duration()->ns, &result))
        return Value(Time{result});
    if (!arguments[0].time()) return std::nullopt;
    const int64_t other = arguments[0].time()->ns;
    if (name == "Sub" && !__builtin_sub_overflow(t.ns, other, &result)) return Value(Duration{result});
    if (name == "Before") return Value(t.ns < other);
    if (name == "After") return Value(t.ns > other);
    return std::nullopt;
}

std::optional<Value> duration_method(Duration d, std::string_view name) {
    const auto ns = static_cast<double>(d.ns);
    if (name == "Seconds") return Value(ns / 1e9);
    if (name == "Minutes") return Value(ns / 6e10);
    if (name == "Hours") return Value(ns / 3.6e12);
    if (name == "Milliseconds") return Value(d.ns / 1'000'000);
    if (name == "Nanoseconds") return Value(d.ns);
    if (name == "String") return Value(format_duration(d));
    return std::nullopt;
}

}  // namespace

Result<Value> field(const Value& value, std::string_view name, std::span<const Value> arguments) {
    std::optional<Value> out;
    if (const Map* map = value.map()) {
        if (!arguments.empty()) return make_error(Code::invalid, ".{} takes no arguments", name);
        const auto found = map->entries.find(name);
        if (found != map->entries.end()) return found->second;
        if (map->missing == Map::Missing::error) return make_error(Code::invalid, "there is no field .{}", name);
        return map->missing == Map::Missing::empty_text ? Value("") : Value();
    }
    if (value.time())
        out = time_method(*value.time(), name, arguments);
    else if (value.duration() && arguments.empty())
        out = duration_method(*value.duration(), name);
    if (out) return *out;
    return make_error(Code::invalid, "a {} has no field .{}", value.type_name(), name);
}

}  // namespace belfry::templates
