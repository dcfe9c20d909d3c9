#pragma once

#include "ingest/metric/wire_batch.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace belfry::ingest::agent {

using Dimensions = std::map<std::string, std::string, std::less<>>;

/// One value as Monasca's agent reports it.
struct Measurement {
    std::string name;
    Dimensions dimensions;
    double value = 0;
    int64_t time_ms = 0;
    std::string error;  // why the value is not well; becomes value_meta {"error": "..."}
};
using Measurements = std::vector<Measurement>;

inline constexpr size_t ERROR_BYTES_MAX = 1024;  // a value_meta has 2048 characters, escapes counted

/// {"error":"..."} or "".
[[nodiscard]] std::string value_meta(const Measurement& measurement);

/// As a batch: name and dimensions are labels, value_meta an exemplar's. The batch views into `storage`.
void to_batch(const Measurements& measurements, WireBatch& batch, std::deque<std::string>& storage);

}  // namespace belfry::ingest::agent
