#pragma once

#include "base/hash.h"
#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace belfry::codec {

/// Appends a column of times (any int64; ascending ones are small): about 9 bytes when regular, about 5 bits a time
/// with 5 ms of jitter, a few bytes a gap. The count is not part of the bytes. Pure; any thread.
void encode_times(std::span<const int64_t> times_ms, std::string& out);

/// Fills `out`, whose size is the column's count. `corrupt` unless `bytes` is exactly one column of that count. The
/// times are as they were encoded: callers who need them ascending check it.
[[nodiscard]] Status decode_times(std::string_view bytes, std::span<int64_t> out);

/// Equal columns have equal hashes; what columns are shared by.
[[nodiscard]] Hash128 hash_times(std::span<const int64_t> times_ms);

}  // namespace belfry::codec
