#pragma once

#include "base/result.h"
#include "store/kv/builder.h"
#include "store/kv/read_file.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::store {

// Records are packed into blocks of whole pages. A block:
//
//   u32 crc32c of what follows | u16 count | u16 end[count - 1] | [u16 id delta[count]] | records
//
// `end` is where a record ends, counted from the first record; the last one ends with the block, so a record of any size
// fits alone in a block. Two kinds of tables:
//   dense   record i; key: u32 BE number of the first record
//   by id   several records an id, ids ascending; key: u32 BE first id, u32 BE block number; id deltas count from the first id

/// Fills one table with blocks. Records come in order.
class BlockWriter {
  public:
    enum class Kind { dense, by_id };
    /// Blocks are closed at about `pages` pages or `records_max` records, where the last page is fullest.
    BlockWriter(kv::Builder& builder, size_t table, Kind kind, size_t pages, size_t records_max);
    /// Dense: the next record.
    [[nodiscard]] Status add(std::string_view record);
    [[nodiscard]] Status add(uint32_t id, std::string_view record);
    [[nodiscard]] Status finish();

  private:
    [[nodiscard]] Status emit(size_t count);
    [[nodiscard]] Status emit_best();
    [[nodiscard]] size_t size_with(size_t count, size_t bytes) const;

    kv::Builder& builder_;  // outlives this
    const size_t table_;
    const Kind kind_;
    const size_t pages_;
    const size_t records_max_;
    std::vector<uint32_t> ids_;
    std::vector<uint32_t> ends_;
    std::string bytes_;
    uint32_t first_ = 0;  // dense: number of the first waiting record
    uint32_t block_ = 0;
};

/// A block that was checked. Views live as long as the file.
class Block {
  public:
    [[nodiscard]] static Result<Block> parse(std::string_view body, bool by_id);
    [[nodiscard]] size_t count() const { return count_; }
    [[nodiscard]] std::string_view record(size_t i) const;
    [[nodiscard]] uint16_t id_delta(size_t i) const;
    /// The first record whose id delta is not below `delta`.
    [[nodiscard]] size_t lower_bound(uint32_t delta) const;

  private:
    size_t count_ = 0;
    const char* ends_ = nullptr;
    const char* deltas_ = nullptr;
    std::string_view records_;
};

/// Reads a dense table; remembers the last block. One thread.
class DenseReader {
  public:
    DenseReader(const kv::ReadFile& file, size_t table) : file_(file), table_(table) {}
    /// `corrupt` when there is no such record.
    [[nodiscard]] Result<std::string_view> record(uint32_t number);

  private:
    const kv::ReadFile& file_;  // outlives this
    const size_t table_;
    uint32_t first_ = 0;
    Block block_;
};

/// Reads a table by id; remembers the last block, so that ascending ids are cheap. One thread.
class IdReader {
  public:
    IdReader(const kv::ReadFile& file, size_t table) : file_(file), table_(table) {}
    /// Appends the records of `id`, in order.
    [[nodiscard]] Status records(uint32_t id, std::vector<std::string_view>& out);

  private:
    [[nodiscard]] Status load(const kv::ReadFile::Entry& entry);
    const kv::ReadFile& file_;  // outlives this
    const size_t table_;
    std::optional<kv::ReadFile::Cursor> cursor_;
    uint32_t first_ = 0;
    uint32_t last_ = 0;
    Block block_;
    bool loaded_ = false;
};

}  // namespace belfry::store
