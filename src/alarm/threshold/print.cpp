#include "alarm/threshold/print.h"

#include "base/json.h"

#include <charconv>
#include <cmath>

namespace belfry::alarm {
namespace {

constexpr double PLAIN_MIN = 1e-3;  // values in [1e-3, 1e7) are written without exponent
constexpr double PLAIN_MAX = 1e7;
constexpr int DECIMALS_MAX = 15;

// The shortest digits that read back as the same number, without exponent.
std::string plain_text(double value) {
    char raw[512];  // the smallest double has 324 zeros behind the point
    return {raw, std::to_chars(raw, raw + sizeof raw, value, std::chars_format::fixed).ptr};
}

// At least one decimal, at most 15, no exponent.
std::string threshold_text(double value) {
    std::string out = plain_text(value);
    const size_t point = out.find('.');
    if (point == std::string::npos) return out + ".0";
    if (out.size() - point - 1 <= DECIMALS_MAX) return out;
    out = fmt::format("{:.{}f}", value, DECIMALS_MAX);
    while (out.back() == '0' && out[out.size() - 2] != '.')
        out.pop_back();
    return out;
}

void append_metric(std::string& out, const SubExpression& sub) {
    out += sub.metric;
    if (sub.dimensions.empty()) return;
    out += '{';
    bool first = true;
    for (const auto& [name, value] : sub.dimensions) {
        if (!std::exchange(first, false)) out += ", ";
        out += name + "=" + value;
    }
    out += '}';
}

std::string text_with(const SubExpression& sub, const std::string& threshold) {
    std::string out(to_string(sub.function));
    out += '(';
    append_metric(out, sub);
    if (sub.deterministic) out += ", deterministic";
    if (sub.period_s != 60) out += fmt::format(", {}", sub.period_s);
    out += fmt::format(") {} {}", symbol(sub.op), threshold);
    if (sub.times != 1) out += fmt::format(" times {}", sub.times);
    return out;
}

std::string_view reason_begin(model::AlarmState state) {
    switch (state) {
        case model::AlarmState::alarm: return "Thresholds were exceeded for the sub-alarms: ";
        case model::AlarmState::ok: return "The alarm threshold(s) have not been exceeded for the sub-alarms: ";
        case model::AlarmState::undetermined: return "No data was present for the sub-alarms: ";
    }
    return "";
}

}  // namespace

std::string value_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    const double size = std::fabs(value);
    if (size == 0 || (size >= PLAIN_MIN && size < PLAIN_MAX)) {
        std::string out = plain_text(value);
        if (out.find('.') == std::string::npos) out += ".0";
        return out;
    }
    char raw[64];
    const auto end = std::to_chars(raw, raw + sizeof raw, value, std::chars_format::scientific).ptr;
    const std::string_view text(raw, static_cast<size_t>(end - raw));
    const size_t e = text.find('e');
    std::string out(text.substr(0, e));
    if (out.find('.') == std::string::npos) out += ".0";
    std::string_view exponent = text.substr(e + 1);
    const bool negative = exponent.front() == '-';
    exponent.remove_prefix(1);
    while (exponent.size() > 1 && exponent.front() == '0')
        exponent.remove_prefix(1);
    out += negative ? "E-" : "E";
    out += exponent;
    return out;
}

std::string to_string(const SubExpression& sub) {
    return text_with(sub, threshold_text(sub.threshold));
}

std::string print(const AlarmExpression& expression) {
    struct Operand {
        std::string text;
        bool has_either = false;
    };
    std::vector<Operand> stack;
    for (const auto& step : expression.steps) {
        using Kind = AlarmExpression::Step::Kind;
        if (step.kind == Kind::sub) {
            const SubExpression& sub = expression.subs[step.sub];
            stack.push_back({text_with(sub, plain_text(sub.threshold)), false});
            continue;
        }
        const Operand right = std::move(stack.back());
        stack.pop_back();
        Operand& left = stack.back();
        const bool either = step.kind == Kind::either;
        const auto wrapped = [&](const Operand& o) { return !either && o.has_either ? "(" + o.text + ")" : o.text; };
        left = {wrapped(left) + (either ? " or " : " and ") + wrapped(right), either};
    }
    return std::move(stack.back().text);
}

std::string reason(model::AlarmState state, std::span<const SubState> subs) {
    std::string out(reason_begin(state));
    bool first = true;
    for (const SubState& sub : subs) {
        if (sub.state != state) continue;
        if (!std::exchange(first, false)) out += ", ";
        out += to_string(*sub.sub);
        if (state == model::AlarmState::undetermined) continue;
        out += " with the values: [";
        for (size_t i = 0; i < sub.values.size(); ++i)
            out += (i > 0 ? ", " : "") + value_text(sub.values[i]);
        out += ']';
    }
    return out;
}

void write_sub_alarms(JsonWriter& json, std::span<const SubState> subs) {
    json.begin_array();
    for (const SubState& state : subs) {
        const SubExpression& sub = *state.sub;
        json.begin_object().key("sub_alarm_expression").begin_object();
        std::string function(to_string(sub.function));
        for (char& c : function)
            c = static_cast<char>(c - 'a' + 'A');
        json.field("function", function).field("metric_name", sub.metric).key("dimensions").begin_object();
        for (const auto& [name, value] : sub.dimensions)
            json.field(name, value);
        json.end_object().field("operator", word(sub.op)).field("threshold", sub.threshold);
        json.field("period", sub.period_s).field("periods", sub.times).field("deterministic", sub.deterministic);
        json.end_object().field("sub_alarm_state", model::to_string(state.state)).key("current_values").begin_array();
        for (const double value : state.values)
            json.number(value);
        json.end_array().end_object();
    }
    json.end_array();
}

}  // namespace belfry::alarm
