#pragma once

#include "base/result.h"
#include "http/message.h"
#include "model/matcher.h"
#include "model/sample.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api {

/// The answer when a request names no start or no end.
inline constexpr int64_t TIME_MIN_MS = std::numeric_limits<int64_t>::min();
inline constexpr int64_t TIME_MAX_MS = std::numeric_limits<int64_t>::max();

/// Seconds since the epoch with a fraction, or RFC 3339.
[[nodiscard]] Result<int64_t> parse_time_ms(std::string_view text);
/// Seconds with a fraction, or 1h30m.
[[nodiscard]] Result<int64_t> parse_length_ms(std::string_view text);

// Parameters of a request. Errors are `invalid` and read as Prometheus' do: `invalid parameter "start": ...`.

[[nodiscard]] Error invalid_parameter(std::string_view name, const Error& error);
/// `fallback` when missing.
[[nodiscard]] Result<int64_t> time_param(const http::Request& request, std::string_view name, int64_t fallback_ms);
/// Must be there.
[[nodiscard]] Result<int64_t> required_time_param(const http::Request& request, std::string_view name);
/// Nothing when missing.
[[nodiscard]] Result<std::optional<int64_t>> length_param(const http::Request& request, std::string_view name);
/// 0 when missing: no limit.
[[nodiscard]] Result<size_t> limit_param(const http::Request& request);
/// `start` and `end`, both inclusive, as a half-open range; everything when missing.
[[nodiscard]] Result<model::TimeRange> range_params(const http::Request& request);
/// Every `match[]`.
[[nodiscard]] Result<std::vector<model::Matchers>> match_params(const http::Request& request);

/// The label name that a path segment means: `U__a_2E_b` is `a.b`; other text is itself.
[[nodiscard]] std::string unescape_label_name(std::string_view text);

}  // namespace belfry::api
