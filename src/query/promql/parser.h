#pragma once

#include "base/result.h"
#include "query/promql/ast.h"

#include <string_view>

namespace belfry::promql {

struct ParseOptions {
    bool experimental = true;        // functions and modifiers that upstream hides behind flags
    uint32_t text_bytes_max = 256 * 1024;  // longer queries are refused
    uint32_t depth_max = 200;        // nesting of the tree; bounds the stack of every pass over it
    uint32_t nodes_max = 100'000;    // tokens, in effect: bounds the memory of a parse
};

/// Parses and checks a query. Errors are `invalid`: `1:5: parse error: unexpected ...`.
[[nodiscard]] Result<ExprPtr> parse(std::string_view text, const ParseOptions& options = {});

/// A selector alone (`match[]`): a name and/or matchers, without any modifier, at least one matcher that does not
/// match the empty string.
[[nodiscard]] Result<model::Matchers> parse_selector(std::string_view text, const ParseOptions& options = {});

}  // namespace belfry::promql
