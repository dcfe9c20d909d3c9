#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "model/histogram.h"

#include <cstdint>
#include <string>

namespace belfry::codec {

// One native histogram by itself, without its sum (which stands among the values of samples):
//
//   flags u8        bits 0-1 reset hint, bit 2 counts are integers, bit 3 the count is left out (it is the sum of the
//   zero
//                   count and all buckets), bit 4 the zero threshold is 2^-128 and left out
//   layout          schema i8 | [zero threshold 8 B] | spans, positive then negative: count | count x (zigzag offset |
//                   length) | custom bounds: count | count x plain value
//   counts          zero count | [count] | positive, then negative buckets.  Integers: the zero count and the count are
//                   varints, a bucket is the zigzag difference from the one before; else plain values (plain_value.h)

/// Limit of the decoders: more buckets, spans or bounds are corrupt. What the program accepts is a key (ingest/metric).
inline constexpr uint64_t HISTOGRAM_BUCKETS_MAX = 65'536;

/// Same schema, zero threshold (bit for bit), spans and bounds: their buckets are the same ranges.
[[nodiscard]] bool same_layout(const model::Histogram& a, const model::Histogram& b);

void put_histogram_layout(const model::Histogram& histogram, bool with_zero_threshold, std::string& out);
/// Fills the layout and gives the buckets their number, all 0.
[[nodiscard]] bool get_histogram_layout(ByteReader& in, bool with_zero_threshold, model::Histogram& out);

inline constexpr double USUAL_ZERO_THRESHOLD = 0x1p-128;
[[nodiscard]] bool has_usual_zero_threshold(const model::Histogram& histogram);
/// Zero count and buckets, added up in their order.
[[nodiscard]] double sum_of_buckets(const model::Histogram& histogram);

/// Appends everything but the sum; bit-exact.
void put_histogram(const model::Histogram& histogram, std::string& out);
/// Replaces `out`, whose sum stays. Bytes from outside: false when they are not a histogram.
[[nodiscard]] bool get_histogram(ByteReader& in, model::Histogram& out);

}  // namespace belfry::codec
