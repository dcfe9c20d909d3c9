#pragma once

#include <string>
#include <string_view>

namespace belfry::alarm {

// Numbers as people read them, four digits each.

[[nodiscard]] std::string humanize(double value);              // 1.235k
[[nodiscard]] std::string humanize_1024(double value);         // 1.206ki
[[nodiscard]] std::string humanize_duration(double seconds);   // 1h 2m 3s
[[nodiscard]] std::string humanize_percentage(double ratio);   // 12.5%
[[nodiscard]] std::string humanize_timestamp(double seconds);  // 2015-10-21 16:29:00 +0000 UTC

/// Every word's first letter as a capital; the rest stays.
[[nodiscard]] std::string title_case(std::string_view text);
/// host:port without the port; other text is itself.
[[nodiscard]] std::string strip_port(std::string_view text);
/// host.domain:port as host:port; addresses are themselves.
[[nodiscard]] std::string strip_domain(std::string_view text);

}  // namespace belfry::alarm
