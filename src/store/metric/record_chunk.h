#pragma once

#include "base/result.h"
#include "model/sample_record.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace belfry::store {

// A chunk of records: ten columns of doubles (codec/chunk.h) behind their sizes; the ends stand in a time column.
//
//   size varint x 10 | columns     count, sum, first, last, min, max, end - first time, end - last time, lost, gone
//                                  size 0: min as first, max as last, lost and gone all 0
//                                  gone: 0, or end - time of the stale marker + 1

inline constexpr size_t RECORDS_PER_CHUNK_MAX = 512;  // at 10 x 9 bytes a record, the worst case, below 65,535 bytes

/// Appends the chunk.
void encode_records(std::span<const model::SampleRecord> records, std::string& out);
/// Appends the records whose ends are given. Bytes from outside: `corrupt` when they do not fit.
[[nodiscard]] Status decode_records(std::string_view bytes,
                                    std::span<const int64_t> ends_ms,
                                    int64_t span_ms,
                                    model::SampleRecords& out);

}  // namespace belfry::store
