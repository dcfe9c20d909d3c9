#pragma once

#include "model/sample.h"

#include <cstdint>
#include <span>
#include <string>

namespace belfry::codec {

// Chunks as Prometheus' storage and its streamed remote read have them (prometheus/tsdb/docs/format/chunks.md).
// Written, never kept: Belfry's own chunks are smaller (codec/chunk.h).
//
//   xor              u16 count BE | varint t0 | f64 v0 | uvarint t1-t0 | xor v1 | { dod t, xor v } ... | padding
//   (float)histogram u16 count BE | u8 reset flags | layout | { t, count, zero count, sum, buckets } ... | padding
//
// All bits most significant first. An xor is 0; or 10 and the bits of the window before; or 11, 5 bits of leading
// zeros, 6 bits of length, the bits.

enum class PrometheusChunkType : uint8_t { float_xor = 1, histogram = 2, float_histogram = 3 };
inline constexpr size_t PROMETHEUS_CHUNK_SAMPLES_MAX = 120;

/// How many samples from `begin` on go into one chunk, and into which kind: equal kind and layout, no counter reset
/// between them. `begin` is inside.
struct PrometheusChunkPlan {
    PrometheusChunkType type = PrometheusChunkType::float_xor;
    size_t count = 0;
};
[[nodiscard]] PrometheusChunkPlan plan_prometheus_chunk(const model::SampleColumns& samples, size_t begin);

/// Appends the chunk of [begin, begin + plan.count).
void append_prometheus_chunk(const model::SampleColumns& samples,
                             size_t begin,
                             const PrometheusChunkPlan& plan,
                             std::string& out);

/// True when every count is whole and below 2^53, so that the integer forms of the wire hold it.
[[nodiscard]] bool has_whole_counts(const model::Histogram& histogram);

}  // namespace belfry::codec
