#pragma once

#include "alarm/threshold/ast.h"
#include "base/result.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace belfry::alarm {

inline constexpr size_t NAME_CHARACTERS_MAX = 255;  // of names, keys and values: Monasca's limit

[[nodiscard]] Status check_length(std::string_view text, size_t at, std::string_view what);
/// Keeps them sorted; a second one of the same name is refused.
[[nodiscard]] Status add_dimension(SubExpression& sub, std::string_view key, std::string_view value, size_t at);

/// What a change of a definition may not do: other than so many comparisons, or of other metrics. Gives for each
/// comparison of `after` its place in `before`. The errors' texts are Monasca's.
[[nodiscard]] Result<std::vector<uint32_t>> match_change(const AlarmExpression& before, const AlarmExpression& after);

}  // namespace belfry::alarm
