#pragma once

#include "model/alarm.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::alarm {

enum class Function : uint8_t { max, min, avg, count, sum, last };
[[nodiscard]] std::string_view to_string(Function function);                  // "max", ...
[[nodiscard]] std::optional<Function> parse_function(std::string_view text);  // any case

enum class Comparison : uint8_t { lt, lte, gt, gte };
[[nodiscard]] std::string_view symbol(Comparison op);  // "<", "<=", ...
[[nodiscard]] std::string_view word(Comparison op);    // "LT", "LTE", ...
[[nodiscard]] inline bool compare(double value, Comparison op, double threshold) {
    switch (op) {
        case Comparison::lt: return value < threshold;
        case Comparison::lte: return value <= threshold;
        case Comparison::gt: return value > threshold;
        case Comparison::gte: return value >= threshold;
    }
    return false;
}

/// `max(cpu{host=a}, deterministic, 120) > 5 times 3`: one comparison of a definition.
struct SubExpression {
    Function function = Function::max;
    std::string metric;
    model::Dimensions dimensions;  // sorted; what a metric must have, it may have more
    bool deterministic = false;    // no data is OK, not UNDETERMINED
    int64_t period_s = 60;         // a positive multiple of 60
    Comparison op = Comparison::gt;
    double threshold = 0;
    int64_t times = 1;
    friend bool operator==(const SubExpression&, const SubExpression&) = default;

    [[nodiscard]] bool same_metric(const SubExpression& other) const {
        return metric == other.metric && dimensions == other.dimensions;
    }
    /// The values that were gathered for the other count for this one, too.
    [[nodiscard]] bool same_window(const SubExpression& other) const {
        return function == other.function && period_s == other.period_s && times == other.times;
    }
};

enum class Join : uint8_t { both, either };  // and, or

/// A definition's expression. The tree is kept in postfix order, so that evaluating it is a loop over a small stack.
struct AlarmExpression {
    struct Step {
        enum class Kind : uint8_t { sub, both, either };
        Kind kind = Kind::sub;
        uint32_t sub = 0;  // kind sub: place in `subs`
        friend bool operator==(const Step&, const Step&) = default;
    };
    std::string text;
    std::vector<SubExpression> subs;  // as they stand in the text
    std::vector<Step> steps;
    friend bool operator==(const AlarmExpression&, const AlarmExpression&) = default;

    /// Only when all of its comparisons are.
    [[nodiscard]] bool deterministic() const;
    /// What stands between the comparisons, one less than `subs`; nothing when only parentheses can say it.
    [[nodiscard]] std::optional<std::vector<Join>> flat_joins() const;
    /// `value(sub)` says whether a comparison holds.
    template <typename Value>
    [[nodiscard]] bool evaluate(const Value& value) const {
        std::vector<bool> stack;
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::sub) {
                stack.push_back(value(step.sub));
                continue;
            }
            const bool right = stack.back();
            stack.pop_back();
            stack.back() = step.kind == Step::Kind::both ? stack.back() && right : stack.back() || right;
        }
        return stack.back();
    }
};

}  // namespace belfry::alarm
