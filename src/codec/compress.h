#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace belfry::codec {

/// Compressions of the wire. `snappy` is the block format (remote write, Loki push), not the framed one.
enum class Coding : uint8_t { identity, gzip, deflate, zstd, snappy };

/// What may come out of a compressed body. A bomb is found while it is being decompressed, not after.
struct DecompressLimits {
    uint64_t bytes_max = 64ULL << 20;  // decompressed
    uint64_t ratio_max = 100;          // decompressed : compressed, looked at beyond ratio_free_bytes
    uint64_t ratio_free_bytes = 1ULL << 20;
};

/// "gzip", "x-gzip", "deflate", "zstd", "snappy", "identity" and "" in any case; nothing for others.
[[nodiscard]] std::optional<Coding> coding_from_name(std::string_view name);
[[nodiscard]] std::string_view to_string(Coding coding);

/// The whole body. `exhausted` when it is larger than the limits allow, `invalid` when it is not of that coding, torn
/// or followed by something else. Concatenated gzip members and zstd frames are one body. Any thread.
[[nodiscard]] Result<std::string> decompress(Coding coding,
                                             std::string_view bytes,
                                             const DecompressLimits& limits = {});
/// The same into `out`, whose memory is reused.
[[nodiscard]] Status decompress(Coding coding,
                                std::string_view bytes,
                                const DecompressLimits& limits,
                                std::string& out);

/// gzip and zlib level 1-9, zstd 1-19; 0: a fast default.
[[nodiscard]] std::string compress(Coding coding, std::string_view bytes, int level = 0);

}  // namespace belfry::codec
