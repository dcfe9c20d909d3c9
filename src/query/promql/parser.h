#pragma once

#include "base/result.h"
#include "query/promql/ast.h"

#include <string_view>

namespace belfry::promql {

struct ParseOptions {
    bool experimental = true;              // functions and modifiers that upstream hides behind flags
    uint32_t text_bytes_max = 256 * 1024;  // longer queries are refused
    uint32_t depth_max = 1'000;     // height of the tree; bounds the stack of every pass over it (about 1 KiB a level)
    uint32_t tokens_max = 100'000;  // bounds the memory of a parse
};

/// Parses and checks a query. Errors are `invalid`: `1:5: parse error: unexpected ...`.
[[nodiscard]] Result<ExprPtr> parse(std::string_view text, const ParseOptions& options = {});

/// A selector alone (`match[]`): a name and/or matchers without any modifier. It may match everything: see
/// `matches_all`.
[[nodiscard]] Result<model::Matchers> parse_selector(std::string_view text, const ParseOptions& options = {});

/// No matcher excludes the empty string: an accident that selects every series.
[[nodiscard]] bool matches_all(const model::Matchers& matchers);

}  // namespace belfry::promql
