#pragma once

#include "base/result.h"
#include "model/histogram.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::codec {

/// More do not shrink a chunk much (a bucket's column costs about 4 bytes) but make a query for its end decode more.
inline constexpr size_t HISTOGRAM_CHUNK_MAX = 128;

// Native histograms of one layout, one after the other in time, without their sums; bit-exact. u8 form:
//
//   form 0   each by itself (histogram.h); for few
//   form 1   flags u8   bit 0 counts are left out (they are the sums of the zero count and all buckets),
//                       bit 1 the zero threshold is 2^-128 and left out
//            layout (histogram.h) | reset hints: runs of (u8 hint | length - 1)
//            columns: zero counts, [counts], then one a bucket, positive before negative: size | chunk (chunk.h) of as
//            many values; size 0: all are 0
//
// A bucket grows by little from scrape to scrape, so its column takes a few bits a histogram.

using HistogramPtr = std::shared_ptr<const model::Histogram>;

/// Appends 1..HISTOGRAM_CHUNK_MAX histograms of the same layout.
void encode_histograms(std::span<const HistogramPtr> histograms, std::string& out);

/// Histograms [low, high) of a chunk of `count`, with their sums, into `out`. `corrupt` unless `bytes` is exactly one
/// chunk.
[[nodiscard]] Status decode_histograms(std::string_view bytes,
                                       size_t count,
                                       size_t low,
                                       size_t high,
                                       std::span<const double> sums,
                                       std::span<HistogramPtr> out);

}  // namespace belfry::codec
