#include "model/alarm.h"

#include <algorithm>
#include <array>

namespace belfry::model {
namespace {

constexpr std::array<std::string_view, 3> STATES = {"OK", "UNDETERMINED", "ALARM"};
constexpr std::array<std::string_view, 4> SEVERITIES = {"LOW", "MEDIUM", "HIGH", "CRITICAL"};
constexpr std::array<std::string_view, 4> SOURCES = {"threshold", "query", "rule", "outside"};
constexpr std::array<std::string_view, 5> KINDS = {"created", "joined", "transition", "changed", "deleted"};

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

template <typename T, size_t N>
std::optional<T> find(const std::array<std::string_view, N>& names, std::string_view text) {
    for (size_t i = 0; i < N; ++i) {
        const std::string_view name = names[i];
        if (std::equal(name.begin(), name.end(), text.begin(), text.end(),
                       [](char a, char b) { return upper(a) == upper(b); }))
            return static_cast<T>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(AlarmState state) {
    return STATES[static_cast<size_t>(state)];
}
std::optional<AlarmState> parse_alarm_state(std::string_view text) {
    return find<AlarmState>(STATES, text);
}
std::string_view to_string(Severity severity) {
    return SEVERITIES[static_cast<size_t>(severity)];
}
std::optional<Severity> parse_severity(std::string_view text) {
    return find<Severity>(SEVERITIES, text);
}
std::string_view to_string(AlarmSource source) {
    return SOURCES[static_cast<size_t>(source)];
}
std::optional<AlarmSource> parse_alarm_source(std::string_view text) {
    return find<AlarmSource>(SOURCES, text);
}
std::string_view to_string(AlarmEvent::Kind kind) {
    return KINDS[static_cast<size_t>(kind)];
}

}  // namespace belfry::model
