#pragma once

#include <cstddef>
#include <string_view>

namespace belfry::codec {

/// True for well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// Length of the longest well-formed prefix.
[[nodiscard]] size_t utf8_prefix(std::string_view bytes);

}  // namespace belfry::codec
