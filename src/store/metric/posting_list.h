#pragma once

#include "base/result.h"
#include "store/metric/id_set.h"

#include <span>
#include <string>
#include <string_view>

namespace belfry::store {

/// Ids of one piece at most: a piece stays below 8 KiB, so that blocks fill well.
inline constexpr size_t POSTING_PIECE_IDS_MAX = 4000;

/// Appends one piece of a posting list; `ids` ascending, not empty, at most POSTING_PIECE_IDS_MAX unless they are one run.
void encode_posting_piece(std::span<const uint32_t> ids, std::string& out);
/// How many of `ids` the next piece takes: long runs count as one.
[[nodiscard]] size_t posting_piece_size(std::span<const uint32_t> ids);
/// Appends the ids of one piece; all lie below `bound` and ascend, or the piece is corrupt.
[[nodiscard]] Status decode_posting_piece(std::string_view piece, uint32_t bound, Ids& out);

}  // namespace belfry::store
