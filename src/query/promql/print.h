#pragma once

#include "query/promql/ast.h"

#include <string>

namespace belfry::promql {

/// The canonical text: one line, labels in written order, minimal spaces; `parse(print(e))` is the same tree.
[[nodiscard]] std::string print(const Expr& expr);
/// The same broken into indented lines where it is longer than 100 characters (as format_query answers).
[[nodiscard]] std::string print_pretty(const Expr& expr);
[[nodiscard]] std::string print(const DurationExpr& expr);

/// `5m` for 300 s: the text of a duration in milliseconds, a sign in front when negative.
[[nodiscard]] std::string print_duration_ms(int64_t ms);
/// A label name as it may stand in braces or groupings: quoted when it is not a plain identifier.
[[nodiscard]] std::string print_label_name(std::string_view name);

}  // namespace belfry::promql
