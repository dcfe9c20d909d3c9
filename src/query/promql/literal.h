#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::promql {

/// A number as the language writes it: 1, 0x1F, 017 (octal), 1_000, 1e3, .5, Inf, NaN.
[[nodiscard]] Result<double> parse_number(std::string_view text);

/// `1h30m`, `100ms`: units y w d h m s ms, each at most once, largest first, 292 years at most.
[[nodiscard]] Result<int64_t> parse_duration(std::string_view text);

/// The value of a string literal in its quotes: ' and " with escapes, ` without.
[[nodiscard]] Result<std::string> unquote(std::string_view text);

/// In double quotes with escapes; bytes that are not UTF-8 as \xNN.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace belfry::promql
