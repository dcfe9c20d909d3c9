#pragma once

#include <string_view>

namespace belfry::promql {

enum class ValueType { none, scalar, string, vector, matrix };

/// "scalar", "string", "vector", "matrix" as in `resultType`.
[[nodiscard]] std::string_view to_string(ValueType type);
/// "scalar", "string", "instant vector", "range vector": how messages name it.
[[nodiscard]] std::string_view describe(ValueType type);

}  // namespace belfry::promql
