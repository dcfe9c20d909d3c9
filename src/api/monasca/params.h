#pragma once

#include "http/message.h"
#include "model/alarm.h"
#include "model/labels.h"
#include "model/matcher.h"
#include "model/sample.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::api::monasca {

// Parameters of Monasca's API. Errors are `invalid` (422) unless said otherwise.

inline constexpr size_t LIMIT_MAX = 10'000;  // and default; a larger one is cut to it

/// `k:v,k2:a|b,k3`: all of them; `k3` alone takes any value.
struct DimensionFilter {
    struct One {
        std::string key;
        std::vector<std::string> values;  // empty: any
    };
    std::vector<One> all;

    [[nodiscard]] bool matches(const model::Dimensions& dimensions) const;
};
[[nodiscard]] Result<DimensionFilter> parse_dimension_filter(std::string_view text);
[[nodiscard]] Result<DimensionFilter> dimension_param(const http::Request& request, std::string_view name);
/// On the name (unless empty) and the dimensions of series.
[[nodiscard]] Result<model::Matchers> matchers_of(std::string_view metric_name, const DimensionFilter& filter);

[[nodiscard]] Result<size_t> limit_param(const http::Request& request);
/// An offset that counts rows.
[[nodiscard]] Result<size_t> row_offset_param(const http::Request& request);
[[nodiscard]] Result<std::string> required_param(const http::Request& request, std::string_view name);
/// ISO 8601 with or without fraction and zone (UTC when missing), or nothing when the parameter is missing.
[[nodiscard]] Result<std::optional<int64_t>> time_param(const http::Request& request, std::string_view name);
[[nodiscard]] std::optional<int64_t> parse_iso_ms(std::string_view text);
/// In any case "true", "t", "yes", "y", "1", "on".
[[nodiscard]] bool flag_param(const http::Request& request, std::string_view name);

/// "2015-03-01T00:00:01.000Z", or without the fraction.
[[nodiscard]] std::string iso_ms(int64_t time_ms);
[[nodiscard]] std::string iso_s(int64_t time_ms);

struct SortKey {
    std::string field;
    bool descending = false;
};
/// `field[ asc|desc],field...` of `fields`.
[[nodiscard]] Result<std::vector<SortKey>> sort_param(const http::Request& request,
                                                      const std::vector<std::string_view>& fields);

/// Splits at `separator`; no parts of an empty text.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

}  // namespace belfry::api::monasca
