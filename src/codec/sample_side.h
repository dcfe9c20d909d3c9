#pragma once

#include "base/result.h"
#include "model/sample.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::codec {

// What samples have beside time and value, for `count` neighbouring samples of one series (a histogram's sum is its
// value):
//
//   start size varint | start column     size 0: no start time is known
//   pieces varint | pieces x (rows left out varint | rows - 1 varint | size varint) | pieces (histogram_chunk.h)
//
//   start column   u8 form; 0: runs of (zigzag difference from the run before | rows - 1);  1: a time column
//   (time_column.h)
//
// A piece ends where the layout of the histograms changes or a float stands between them.

/// Has any of the rows [begin, begin + count) a histogram or a start time?
[[nodiscard]] bool has_side(const model::SampleColumns& samples, size_t begin, size_t count);

/// Appends what the rows [begin, begin + count) have.
void encode_side(const model::SampleColumns& samples, size_t begin, size_t count, std::string& out);

/// Gives the rows from `at` on in `out` (whose times and values are there already) what rows [low, high) of the chunk
/// have. `corrupt` unless `bytes` is exactly the side of a chunk of `count`, as far as it is looked at.
[[nodiscard]] Status decode_side(
    std::string_view bytes, size_t count, size_t low, size_t high, model::SampleColumns& out, size_t at);

}  // namespace belfry::codec
