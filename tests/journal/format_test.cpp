#include "journal/format.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::journal;

TEST_CASE("segment headers, block headers and indexes read back as written") {
    SegmentHeader header{.salt = 7, .term = 3, .sequence = 42, .first_index = 1000, .created_ms = 123456, .partitions = {}};
    for (uint32_t i = 0; i < 300; ++i) header.partitions.push_back({i, i * 1000, fmt::format("topic-{}", i)});
    const std::string bytes = header.encode();
    CHECK(bytes.size() == 8192);
    CHECK(SegmentHeader::bytes_needed(bytes) == 8192);
    const auto back = SegmentHeader::decode(bytes);
    REQUIRE(back.ok());
    CHECK(back->partitions == header.partitions);
    CHECK(back->sequence == 42);
    for (size_t i = 4; i < 200; ++i) {
        std::string bad = bytes;
        bad[i] = static_cast<char>(bad[i] ^ 4);
        CHECK_FALSE(SegmentHeader::decode(bad).ok());
    }

    BlockHeader block{.body_bytes = 100, .index = 9, .offset = 5, .time_ms = -3, .partition = 2, .record_count = 4, .unsynced = 1};
    char raw[BLOCK_HEADER_BYTES];
    block.encode(raw);
    REQUIRE(BlockHeader::decode(raw));
    CHECK(BlockHeader::decode(raw)->offset == 5);
    CHECK(block.total_bytes() == 168);
    raw[40] ^= 1;
    CHECK_FALSE(BlockHeader::decode(raw));

    SegmentIndex index;
    uint64_t at = header.header_bytes;
    for (uint32_t i = 0; i < 1000; ++i) {
        const BlockHeader b{.body_bytes = i * 13 % 5000, .index = 1000 + i, .offset = i / 3, .time_ms = i, .partition = i % 3, .record_count = 1};
        index.add(b, at);
        at += b.total_bytes();
    }
    index.holes.push_back({1, 2, 3, 4});
    CHECK(index.partitions[0].entries.size() > 5);
    const std::string encoded = index.encode(header, header.partitions);
    std::vector<PartitionBase> table;
    const auto decoded = SegmentIndex::decode(encoded, header, table);
    REQUIRE(decoded.ok());
    CHECK(*decoded == index);
    CHECK(table == header.partitions);
    header.salt = 8;
    CHECK_FALSE(SegmentIndex::decode(encoded, header, table).ok());
}
