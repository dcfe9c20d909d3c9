#pragma once

#include "base/result.h"
#include "journal/log.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::journal {

// Files of a journal directory (all integers little-endian, version 1):
//   NNNNNNNNNNNNNNNNNNNN.seg   segment NN..: header, blocks, preallocated rest (zeros, or a recycled file's old bytes)
//   NNNNNNNNNNNNNNNNNNNN.idx   its sparse index, written when the segment is closed; rebuilt by a scan when missing
//   spare-N                    a retired segment kept for reuse
//   clean                      "the open segment's .idx is true": written at shutdown, removed at start
//
// Segment header, padded with zeros to a multiple of 4,096 bytes
//    0 u32 magic "BFSG" | 4 u32 crc32c of [8, header_bytes) | 8 u32 version | 12 u32 header_bytes | 16 u32 salt
//   20 u32 term | 24 u64 sequence | 32 u64 first_index | 40 i64 created_ms | 48 u32 partition_count | 52 u32 0
//   56 partition_count x (u32 id | u64 next_offset | u16 size | name): the whole table when the segment began, so that
//      offsets go on after older segments are gone
//
// Block, padded with zeros to a multiple of 8
//    0 u32 magic "BFBK" | 4 u32 crc32c of [8, 64) | 8 u32 body_bytes | 12 u32 crc32c of the body | 16 u64 index
//   24 u32 term | 28 u32 salt of the segment | 32 u64 offset | 40 i64 time_ms | 48 u32 partition | 52 u32 record_count
//   56 u32 unsynced | 60 u32 flags | 64 body
//   `unsynced` counts the blocks just before this one that were not yet known to be on disk when it was written. It tells
//   a torn tail from corruption: a bad block whose index is below (index - unsynced) of any later good block had been
//   synced, so it was acknowledged and has been damaged since; otherwise nobody was promised anything and it is cut.
//   `salt` tells blocks of this life of the file from those of an earlier one.
//
// Partition 0 is the log's own: body = u32 id | name declares a partition (flag BLOCK_DECLARES). Flag bit 17: filler, takes
// offsets but is not read. Bits 0-15: the appender's.

inline constexpr uint32_t SEGMENT_MAGIC = 0x47534642;  // "BFSG"
inline constexpr uint32_t BLOCK_MAGIC = 0x4b424642;    // "BFBK"
inline constexpr uint32_t INDEX_MAGIC = 0x58494642;    // "BFIX"
inline constexpr uint32_t CLEAN_MAGIC = 0x4e434642;    // "BFCN"
inline constexpr uint32_t JOURNAL_VERSION = 1;
inline constexpr uint64_t SEGMENT_HEADER_ALIGN = 4096;
inline constexpr uint64_t SEGMENT_HEADER_BYTES_MAX = 64ULL << 20;
inline constexpr uint64_t BLOCK_HEADER_BYTES = 64;
inline constexpr uint64_t BLOCK_ALIGN = 8;
inline constexpr uint32_t BLOCK_DECLARES = 1U << 16;
inline constexpr size_t PARTITION_NAME_BYTES_MAX = 512;
inline constexpr uint32_t PARTITIONS_MAX = 100'000;

struct PartitionBase {
    PartitionId id = 0;
    uint64_t next_offset = 0;
    std::string name;
    friend bool operator==(const PartitionBase&, const PartitionBase&) = default;
};

struct SegmentHeader {
    uint32_t salt = 0;
    uint32_t term = 0;
    uint64_t sequence = 0;
    uint64_t first_index = 0;
    int64_t created_ms = 0;
    std::vector<PartitionBase> partitions;
    uint64_t header_bytes = 0;  // filled by encode and decode

    [[nodiscard]] std::string encode();
    /// `bytes` may be longer. `exhausted` with the needed size in `header_bytes` when it is too short.
    [[nodiscard]] static Result<SegmentHeader> decode(std::string_view bytes);
    /// How many bytes `decode` needs, from the first 16.
    [[nodiscard]] static uint64_t bytes_needed(std::string_view bytes);
};

struct BlockHeader {
    uint32_t body_bytes = 0;
    uint32_t body_crc = 0;
    uint64_t index = 0;
    uint32_t term = 0;
    uint32_t salt = 0;
    uint64_t offset = 0;
    int64_t time_ms = 0;
    PartitionId partition = 0;
    uint32_t record_count = 0;
    uint32_t unsynced = 0;
    uint32_t flags = 0;

    void encode(char out[BLOCK_HEADER_BYTES]) const;
    /// Nothing when magic or checksum are wrong. `bytes` holds at least BLOCK_HEADER_BYTES.
    [[nodiscard]] static std::optional<BlockHeader> decode(const char* bytes);
    [[nodiscard]] uint64_t total_bytes() const {
        return (BLOCK_HEADER_BYTES + body_bytes + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
    }
    [[nodiscard]] uint64_t next_offset() const { return offset + record_count; }
};

/// Where blocks of each partition lie in one segment: one entry each INDEX_DATA_BYTES of the partition's data or
/// INDEX_STEP_BYTES of the file, whichever comes first.
class SegmentIndex {
  public:
    static constexpr uint64_t DATA_BYTES = 64ULL << 10;
    /// A block without an entry lies less than this behind the entry before it: how far a reader has to look.
    static constexpr uint64_t STEP_BYTES = 1ULL << 20;

    struct Entry {
        uint64_t offset = 0;
        uint64_t position = 0;
        int64_t time_ms = 0;
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    struct Partition {
        uint64_t end_offset = 0;
        uint64_t bytes_since_entry = 0;
        std::vector<Entry> entries;
        friend bool operator==(const Partition&, const Partition&) = default;
    };
    struct Hole {  // quarantined
        uint64_t from_byte = 0;
        uint64_t to_byte = 0;
        uint64_t from_index = 0;
        uint64_t to_index = 0;
        friend bool operator==(const Hole&, const Hole&) = default;
    };

    void add(const BlockHeader& block, uint64_t position);

    uint64_t used_bytes = 0;  // end of the last block
    uint64_t next_index = 0;
    int64_t oldest_ms = 0;
    int64_t newest_ms = 0;
    std::map<PartitionId, Partition> partitions;
    std::vector<Hole> holes;

    [[nodiscard]] std::string encode(const SegmentHeader& segment, const std::vector<PartitionBase>& table) const;
    /// Checks that it belongs to `segment`; `table` is the partitions at the segment's end.
    [[nodiscard]] static Result<SegmentIndex> decode(std::string_view bytes,
                                                     const SegmentHeader& segment,
                                                     std::vector<PartitionBase>& table);
    friend bool operator==(const SegmentIndex&, const SegmentIndex&) = default;
};

void encode_declaration(PartitionId id, std::string_view name, std::string& out);
[[nodiscard]] Result<PartitionBase> decode_declaration(std::string_view body);

}  // namespace belfry::journal
