#include "alarm/threshold/ast.h"

#include "base/ascii.h"

#include <algorithm>

namespace belfry::alarm {
namespace {

constexpr std::string_view FUNCTIONS[] = {"max", "min", "avg", "count", "sum", "last"};
constexpr std::string_view SYMBOLS[] = {"<", "<=", ">", ">="};
constexpr std::string_view WORDS[] = {"LT", "LTE", "GT", "GTE"};

}  // namespace

std::string_view to_string(Function function) {
    return FUNCTIONS[static_cast<size_t>(function)];
}

std::optional<Function> parse_function(std::string_view text) {
    for (size_t i = 0; i < std::size(FUNCTIONS); ++i)
        if (equals_ignoring_case(text, FUNCTIONS[i])) return static_cast<Function>(i);
    return {};
}

std::string_view symbol(Comparison op) {
    return SYMBOLS[static_cast<size_t>(op)];
}

std::string_view word(Comparison op) {
    return WORDS[static_cast<size_t>(op)];
}

bool AlarmExpression::deterministic() const {
    return std::all_of(subs.begin(), subs.end(), [](const SubExpression& sub) { return sub.deterministic; });
}

std::optional<std::vector<Join>> AlarmExpression::flat_joins() const {
    // An operand is a run of comparisons with what joins them; `either` inside `both` needs parentheses.
    struct Operand {
        std::vector<Join> joins;
        bool has_either = false;
    };
    std::vector<Operand> stack;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::sub) {
            stack.emplace_back();
            continue;
        }
        const Operand right = std::move(stack.back());
        stack.pop_back();
        Operand& left = stack.back();
        const bool either = step.kind == Step::Kind::either;
        if (!either && (left.has_either || right.has_either)) return {};
        left.joins.push_back(either ? Join::either : Join::both);
        left.joins.insert(left.joins.end(), right.joins.begin(), right.joins.end());
        left.has_either = left.has_either || right.has_either || either;
    }
    return std::move(stack.back().joins);
}

}  // namespace belfry::alarm
