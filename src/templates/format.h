#pragma once

#include "templates/value.h"

#include <span>
#include <string>
#include <string_view>

namespace belfry::templates {

/// Most bytes of padding or precision that one verb of a format may ask for.
inline constexpr int FORMAT_WIDTH_MAX = 1'000;

/// Shortest digits; an exponent below 1e-04 and from 1e+06 on.
[[nodiscard]] std::string format_float(double value);
/// What `{{ value }}` prints.
[[nodiscard]] std::string to_text(const Value& value);
/// printf: %v %s %q %d %b %o %x %X %c %U %e %f %g %t %T %% with flags + - # 0 and blank, width and precision (also
/// `*`). Wrong arguments show up in the text, like `%!d(string=x)`.
[[nodiscard]] std::string format(std::string_view pattern, std::span<const Value> args);
/// `2006-01-02 15:04:05` style layouts.
[[nodiscard]] std::string format_time(Time time, std::string_view layout);
/// 1h2m3.5s
[[nodiscard]] std::string format_duration(Duration duration);
/// As it may stand in a URL's query.
[[nodiscard]] std::string escape_query(std::string_view text);
/// In double quotes with escapes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace belfry::templates
