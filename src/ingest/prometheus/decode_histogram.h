#pragma once

#include "ingest/metric/wire_batch.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace belfry::ingest::prometheus {

// The histogram message, the same in remote write 1.0 and 2.0 (and in remote read), by field number:
//
//    1 count_int (uint64)        2 count_float (double)       3 sum (double)          4 schema (sint32)
//    5 zero_threshold (double)   6 zero_count_int (uint64)    7 zero_count_float (double)
//    8 negative_spans*           9 negative_deltas (sint64*)  10 negative_counts (double*)
//   11 positive_spans*          12 positive_deltas (sint64*)  13 positive_counts (double*)
//   14 reset_hint (enum)        15 timestamp (int64, ms)      16 custom_values (double*)   17 start_timestamp (2.0)
//
//   BucketSpan   1 offset (sint32)   2 length (uint32)

struct WireHistogram {
    std::shared_ptr<model::Histogram> histogram;
    WireBatch::Counts counts = WireBatch::Counts::real;
    int64_t time_ms = 0;
    int64_t start_ms = 0;
};

/// Only what the message says is checked here; whether it is a sound histogram by the writer. Spans beyond any sense
/// are `invalid`, so that no message asks for more memory than it brings.
[[nodiscard]] Result<WireHistogram> decode_histogram(std::string_view message);

}  // namespace belfry::ingest::prometheus
