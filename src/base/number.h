#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace belfry {

/// Text <-> numbers, independent of the locale. Parsers take the whole text or say nothing.
[[nodiscard]] std::optional<int64_t> parse_int(std::string_view text);
[[nodiscard]] std::optional<uint64_t> parse_uint(std::string_view text);
/// Decimal and scientific, [+-]Inf/Infinity/NaN in any case, hexadecimal floats.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

/// The shortest text that reads back as the same double; integers without exponent up to 1e21, "NaN", "+Inf", "-Inf"
/// (what Prometheus' API and text format use).
[[nodiscard]] std::string format_double(double value);
void append_double(std::string& out, double value);

/// "512MiB", "64 KB", "10GB", "1048576" -> bytes. Powers of 1000 for kB/MB/GB/TB, of 1024 for KiB/MiB/GiB/TiB.
[[nodiscard]] std::optional<uint64_t> parse_bytes(std::string_view text);
/// "30m", "1h30m", "15d", "100y", "250ms" (units ms s m h d w y; y = 365 d) or a bare number of seconds -> milliseconds.
[[nodiscard]] std::optional<int64_t> parse_duration_ms(std::string_view text);
/// The shortest exact form of a duration: 5400000 -> "1h30m", 0 -> "0s".
[[nodiscard]] std::string format_duration_ms(int64_t ms);

}  // namespace belfry
