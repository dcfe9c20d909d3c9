#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::app {

/// Rows of cells as lines with aligned columns, two blanks apart; the last column is not padded.
[[nodiscard]] std::string format_table(const std::vector<std::vector<std::string>>& rows);
/// "2026-11-22T15:04:05Z", with milliseconds when there are any.
[[nodiscard]] std::string format_time_ms(int64_t time_ms);
/// "84 KiB", "1.2 GiB".
[[nodiscard]] std::string format_size(double bytes);

}  // namespace belfry::app
