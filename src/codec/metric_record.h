#pragma once

#include "base/result.h"
#include "model/metric_batch.h"

#include <string>
#include <string_view>

namespace belfry::codec {

// A record of topic `metrics`, version 1: a version byte, then sections.
//
//   section     kind u8 | size varint | body     bit 7 of the kind: a reader that does not know it skips it
//   1 series       day zigzag | count varint | count x (id zigzag delta | shared varint | size varint | bytes)
//                  labels = the first `shared` bytes of the labels before + bytes
//   2 samples      times varint | times x zigzag delta | samples varint | ids | time places | values
//     ids          runs: (zigzag delta << 1 | more) varint, [more: count - 1 varint]; the delta is repeated `count` times
//     time places  runs: place varint | count varint
//     values       one after the other, as in plain_value.h; of a histogram its sum
//   3 metadata     count varint | count x (tenant sized | name sized | type u8 | unit sized | help sized)
//   4 histograms   rows | a histogram a row (histogram.h)
//   5 exemplars    count varint | count x (id zigzag delta | time zigzag delta | plain value | labels sized)
//   6 deletions    count varint | count x (tenant sized | matchers varint | matchers x (op u8 | name sized | value sized))
//   7 start times  rows | runs: zigzag delta | rows - 1 varint
//     rows         count varint | runs: rows left out varint | rows - 1 varint; places among the samples, which come first
//   16 ranges      one a deletion before: from zigzag | to zigzag; only when one is not the whole time
//
// Integers are little-endian or LEB128.

inline constexpr uint8_t METRIC_RECORD_VERSION = 1;
/// Limits of the decoder: a record that says more is corrupt.
inline constexpr uint64_t METRIC_RECORD_SAMPLES_MAX = 16'000'000;
inline constexpr uint64_t METRIC_RECORD_SERIES_MAX = 4'000'000;

/// Appends the record for `batch`.
void encode_metric_record(const model::MetricBatch& batch, std::string& out);
/// Replaces `batch`. Bytes from outside: every inconsistency is `corrupt`.
[[nodiscard]] Status decode_metric_record(std::string_view bytes, model::MetricBatch& batch);

}  // namespace belfry::codec
