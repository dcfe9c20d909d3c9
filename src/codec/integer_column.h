#pragma once

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace belfry::codec {

/// A column of any 64-bit integers as a few bits each: differences of order 0, 1 or 2 or distances from a straight
/// line, then Golomb-Rice codes in groups of 128. Format: see integer_column.cpp. Pure; any thread.
///
/// The number of integers is not part of the bytes: whoever stores the column stores it.

/// Appends the column. `slopes` are candidates for the step of a straight line under the integers (times: scrape
/// intervals); values need none.
void encode_integers(std::span<const int64_t> integers, std::string& out, std::span<const int64_t> slopes = {});

/// Fills `out`, whose size is the column's count. `corrupt` unless `bytes` is exactly one column of that count.
[[nodiscard]] Status decode_integers(std::string_view bytes, std::span<int64_t> out);

}  // namespace belfry::codec
