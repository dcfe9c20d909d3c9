#pragma once

#include "base/json.h"
#include "model/labels.h"
#include "model/sample.h"

#include <string>

namespace belfry::ingest::opentsdb {

// One point of POST /api/put, alone or in an array:
//
//   {"metric": "sys.cpu.nice", "timestamp": 1356998400, "value": 18, "tags": {"host": "web01"}}
//
// The timestamp counts seconds, or milliseconds when it needs more than 32 bits; it may have a fraction in seconds.
// Value and timestamp may stand in quotes; values of tags may be numbers and booleans.

inline constexpr size_t BODY_BYTES_MAX = 8UL << 20;  // as a document in memory a body takes up to twenty times this

struct Point {
    model::Labels labels;  // the metric's name and the tags, as they were written: any UTF-8
    model::Sample sample;
};

[[nodiscard]] Result<Point> decode_point(const JsonView& point);

}  // namespace belfry::ingest::opentsdb
