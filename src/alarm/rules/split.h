#pragma once

#include "base/result.h"
#include "query/promql/ast.h"

#include <memory>
#include <string>
#include <string_view>

namespace belfry::alarm {

/// An alarm's expression, read for alarms: `value op threshold` where it can be taken apart so, and then every series
/// of `value` is an alarm with a state; else a series that is there is ALARM.
struct Condition {
    std::string text;  // of the whole expression
    std::shared_ptr<const promql::Expr> whole;
    bool split = false;
    // when split:
    std::string value_text;
    std::shared_ptr<const promql::Expr> value;
    promql::BinaryOp op = promql::BinaryOp::gt;
    double threshold = 0;

    [[nodiscard]] const promql::Expr& asked() const { return split ? *value : *whole; }
    [[nodiscard]] std::string_view asked_text() const { return split ? value_text : text; }
    /// Whether this value is bad, when split.
    [[nodiscard]] bool breaches(double v) const { return breaches(v, threshold); }
    [[nodiscard]] bool breaches(double v, double limit) const;
    /// The worse of two values, when split: the one on the bad side of the other.
    [[nodiscard]] double worse(double a, double b) const;
};

/// Errors are `invalid`, as the parser says it, or because the expression gives neither a vector nor a number.
[[nodiscard]] Result<Condition> read_condition(std::string_view text);

}  // namespace belfry::alarm
