#pragma once

#include <cstdint>
#include <string_view>

namespace belfry::kv {

// A write-once file: an LMDB environment in one file (MDB_NOSUBDIR), followed by a footer.
//
//   page 0 .. n-1   LMDB's own pages of 4,096 bytes
//   footer          varint count | varint page number delta x count | u32 CRC of those pages
//   tail (16 bytes) u32 footer size | u32 CRC of the footer | u64 magic "BFYKV001"
//
// The footer lists all pages that are not part of a large value: LMDB's branches, leaves and meta pages, about 1 % of the
// file. They are checked before LMDB sees the file, because LMDB trusts them. Large values lie in pages of their own and
// are checked by whoever reads them (`ReadFile::get` callers keep a CRC inside the value).

inline constexpr uint64_t PAGE_BYTES = 4096;
inline constexpr std::string_view FOOTER_MAGIC = "BFYKV001";
inline constexpr size_t TAIL_BYTES = 16;
/// A value up to this size lies in a leaf page, which the footer covers.
inline constexpr size_t LEAF_VALUE_BYTES_MAX = 1900;
/// The sizes that fill n whole pages.
[[nodiscard]] constexpr size_t full_pages(size_t n) { return n * PAGE_BYTES - 16; }

}  // namespace belfry::kv
