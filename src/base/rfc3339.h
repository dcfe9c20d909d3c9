#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace belfry {

/// `2015-07-01T20:10:30.781Z`, `...+02:00` -> milliseconds since the epoch; a fraction beyond milliseconds is cut.
[[nodiscard]] std::optional<int64_t> parse_rfc3339_ms(std::string_view text);

}  // namespace belfry
