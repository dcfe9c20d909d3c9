#pragma once

#include <string>
#include <string_view>

namespace belfry {

// Only the letters of ASCII have cases here, whatever the locale; all other bytes stay as they are.

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
/// Without the spaces and tabs at both ends. Valid as long as `text`.
[[nodiscard]] std::string_view trim_blanks(std::string_view text);

}  // namespace belfry
