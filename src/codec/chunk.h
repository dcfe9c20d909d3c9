#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace belfry::codec {

/// More samples do not shrink a chunk (0.60 B a sample at 8,192, 0.62 at 1,024) but make a query decode more.
inline constexpr size_t CHUNK_SAMPLES_MAX = 8192;

/// What long windows need to know of a chunk without decoding it. Stale markers are not samples: they are counted in
/// `stale` alone. `min` and `max` leave NaN out (NaN when nothing else is there); `sum`, `first` and `last` do not.
struct ChunkSummary {
    uint32_t count = 0;   // samples without stale markers
    uint32_t stale = 0;   // stale markers
    uint32_t resets = 0;  // times a value is below the one before it
    double min = 0;
    double max = 0;
    double sum = 0;
    double first = 0;
    double last = 0;
    double reset_sum = 0;  // sum of the values right before each reset: increase = last - first + reset_sum

    /// Takes in the summary of the samples that follow this one's.
    void append(const ChunkSummary& next);
};

/// Summary of a column; what `encode_chunk` returns, too.
[[nodiscard]] ChunkSummary summarize(std::span<const double> values);

/// A summary in about 20 bytes (45 at worst). Self-delimiting, so it can stand in front of a chunk.
void encode_summary(const ChunkSummary& summary, std::string& out);
[[nodiscard]] Result<ChunkSummary> decode_summary(ByteReader& reader);

/// Appends 1..CHUNK_SAMPLES_MAX values; bit-exact for every double (payloads of NaN, stale marker, -0, denormals).
/// The count is not part of the bytes. Format: see chunk.cpp. Pure; any thread.
ChunkSummary encode_chunk(std::span<const double> values, std::string& out);

/// Fills `out`, whose size is the chunk's count. `corrupt` unless `bytes` is exactly one chunk of that count; `out` is
/// then unspecified.
[[nodiscard]] Status decode_chunk(std::string_view bytes, std::span<double> out);

}  // namespace belfry::codec
