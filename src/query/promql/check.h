#pragma once

#include "query/promql/ast.h"

#include <string_view>

namespace belfry::promql {

/// What the grammar cannot say: types of operands and arguments, vector matching, selectors that would select
/// everything. Completes the tree on the way (matching of set operators, info()'s second argument). `text` is what
/// the tree was parsed from.
[[nodiscard]] Status check(Expr& expr, std::string_view text);

/// `1:5: parse error: <sentence>` for a byte of the text.
[[nodiscard]] Error parse_error(std::string_view text, uint32_t byte, std::string_view sentence);

}  // namespace belfry::promql
