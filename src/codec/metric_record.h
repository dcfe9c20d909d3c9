#pragma once

#include "base/result.h"
#include "model/metric_batch.h"

#include <string>
#include <string_view>

namespace belfry::codec {

// A record of topic `metrics`, version 1: a version byte, then sections.
//
//   section   kind u8 | size varint | body        kinds: 1 series, 2 samples, 3 metadata, 6 deletions; reserved: 4 histograms,
//                                                 5 exemplars. Bit 7 of the kind: a reader that does not know it skips
//                                                 it.
//   series    day zigzag | count varint | count x (id zigzag delta | shared varint | size varint | bytes)
//                                                 labels = the first `shared` bytes of the labels before + bytes
//   samples   times varint | times x zigzag delta | samples varint | ids | time places | values
//     ids           runs: (zigzag delta << 1 | more) varint, [more: count - 1 varint]; the delta is repeated `count`
//     times time places   runs: place varint | count varint values        one after the other, u = varint:  u & 3 = 0:
//     unzigzag(u >> 2)
//                                                   1: unzigzag(u >> 2) / 100     2: unzigzag(u >> 2) / 1000
//                                                   3: (u >> 2) = e in 1..15: zigzag m follows, value m / 10^e
//                                                      (u >> 2) = 0: 8 bytes follow, the double's bits
//   metadata  count varint | count x (tenant sized | name sized | type u8 | unit sized | help sized)
//   deletions count varint | count x (tenant sized | matchers varint | matchers x (op u8 | name sized | value sized))
//
// A value takes the decimal form only when it gives back all 64 bits. Integers are little-endian or LEB128.

inline constexpr uint8_t METRIC_RECORD_VERSION = 1;
/// Limits of the decoder: a record that says more is corrupt.
inline constexpr uint64_t METRIC_RECORD_SAMPLES_MAX = 16'000'000;
inline constexpr uint64_t METRIC_RECORD_SERIES_MAX = 4'000'000;

/// Appends the record for `batch`.
void encode_metric_record(const model::MetricBatch& batch, std::string& out);
/// Replaces `batch`. Bytes from outside: every inconsistency is `corrupt`.
[[nodiscard]] Status decode_metric_record(std::string_view bytes, model::MetricBatch& batch);

}  // namespace belfry::codec
