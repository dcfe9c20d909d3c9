#pragma once

#include "alarm/threshold/ast.h"

#include <span>
#include <string>
#include <vector>

namespace belfry {
class JsonWriter;
}

namespace belfry::alarm {

/// A comparison as reasons show it: `max(m{a=b, c=d}, deterministic, 120) > 5.0 times 3`. Lower-case function, symbols,
/// dimensions sorted, the period only when it is not 60; at least one decimal, at most 15.
[[nodiscard]] std::string to_string(const SubExpression& sub);
/// The same with the shortest numbers, as a person would write it; parses back to the same expression.
[[nodiscard]] std::string print(const AlarmExpression& expression);

/// What a comparison has come to, for the texts and for the API.
struct SubState {
    const SubExpression* sub = nullptr;
    model::AlarmState state = model::AlarmState::undetermined;
    std::vector<double> values;  // as of its last announced change
};
/// Why the alarm is in `state`: the comparisons that are in it, too.
[[nodiscard]] std::string reason(model::AlarmState state, std::span<const SubState> subs);
/// Monasca's `sub_alarms`.
void write_sub_alarms(JsonWriter& json, std::span<const SubState> subs);

/// A number in the form of the texts' values: 20.0, 1.0E7, 1.5E-4.
[[nodiscard]] std::string value_text(double value);

}  // namespace belfry::alarm
