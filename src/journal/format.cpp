#include "journal/format.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace belfry::journal {

namespace {

void put_table(std::string& out, const std::vector<PartitionBase>& table) {
    for (const PartitionBase& p : table) {
        put_le<uint32_t>(out, p.id);
        put_le<uint64_t>(out, p.next_offset);
        put_le<uint16_t>(out, narrow<uint16_t>(p.name.size()));
        out.append(p.name);
    }
}

Status get_table(ByteReader& in, uint32_t count, std::vector<PartitionBase>& table) {
    if (count > PARTITIONS_MAX) return make_error(Code::corrupt, "{} partitions", count);
    table.clear();
    for (uint32_t i = 0; i < count; ++i) {
        PartitionBase p;
        uint16_t size = 0;
        std::string_view name;
        if (!in.le(&p.id) || !in.le(&p.next_offset) || !in.le(&size) || !in.bytes(size, &name))
            return make_error(Code::corrupt, "partition table ends early");
        p.name = name;
        if (p.id != i) return make_error(Code::corrupt, "partition {} at place {}", p.id, i);
        table.push_back(std::move(p));
    }
    return {};
}

}  // namespace

std::string SegmentHeader::encode() {
    std::string out(56, '\0');
    put_table(out, partitions);
    header_bytes = (out.size() + SEGMENT_HEADER_ALIGN - 1) / SEGMENT_HEADER_ALIGN * SEGMENT_HEADER_ALIGN;
    out.resize(header_bytes, '\0');
    set_le<uint32_t>(&out[0], SEGMENT_MAGIC);
    set_le<uint32_t>(&out[8], JOURNAL_VERSION);
    set_le<uint32_t>(&out[12], narrow<uint32_t>(header_bytes));
    set_le<uint32_t>(&out[16], salt);
    set_le<uint32_t>(&out[20], term);
    set_le<uint64_t>(&out[24], sequence);
    set_le<uint64_t>(&out[32], first_index);
    set_le<int64_t>(&out[40], created_ms);
    set_le<uint32_t>(&out[48], narrow<uint32_t>(partitions.size()));
    set_le<uint32_t>(&out[4], crc32c(std::string_view(out).substr(8)));
    return out;
}

uint64_t SegmentHeader::bytes_needed(std::string_view bytes) {
    if (bytes.size() < 16 || get_le<uint32_t>(bytes.data()) != SEGMENT_MAGIC) return 0;
    return get_le<uint32_t>(bytes.data() + 12);
}

Result<SegmentHeader> SegmentHeader::decode(std::string_view bytes) {
    if (bytes.size() < SEGMENT_HEADER_ALIGN) return make_error(Code::corrupt, "segment header is cut");
    if (get_le<uint32_t>(bytes.data()) != SEGMENT_MAGIC) return make_error(Code::corrupt, "not a segment");
    SegmentHeader h;
    h.header_bytes = get_le<uint32_t>(&bytes[12]);
    if (h.header_bytes < SEGMENT_HEADER_ALIGN || h.header_bytes % SEGMENT_HEADER_ALIGN != 0 || h.header_bytes > bytes.size())
        return make_error(Code::corrupt, "segment header of {} bytes", h.header_bytes);
    if (crc32c(bytes.substr(8, h.header_bytes - 8)) != get_le<uint32_t>(&bytes[4]))
        return make_error(Code::corrupt, "segment header: bad crc");
    const auto version = get_le<uint32_t>(&bytes[8]);
    if (version != JOURNAL_VERSION)
        return make_error(Code::invalid, "segment of version {}, this program reads {}", version, JOURNAL_VERSION);
    h.salt = get_le<uint32_t>(&bytes[16]);
    h.term = get_le<uint32_t>(&bytes[20]);
    h.sequence = get_le<uint64_t>(&bytes[24]);
    h.first_index = get_le<uint64_t>(&bytes[32]);
    h.created_ms = get_le<int64_t>(&bytes[40]);
    ByteReader in(bytes.substr(56, h.header_bytes - 56));
    TRY(get_table(in, get_le<uint32_t>(&bytes[48]), h.partitions));
    return h;
}

void BlockHeader::encode(char out[BLOCK_HEADER_BYTES]) const {
    set_le<uint32_t>(out, BLOCK_MAGIC);
    set_le<uint32_t>(out + 8, body_bytes);
    set_le<uint32_t>(out + 12, body_crc);
    set_le<uint64_t>(out + 16, index);
    set_le<uint32_t>(out + 24, term);
    set_le<uint32_t>(out + 28, salt);
    set_le<uint64_t>(out + 32, offset);
    set_le<int64_t>(out + 40, time_ms);
    set_le<uint32_t>(out + 48, partition);
    set_le<uint32_t>(out + 52, record_count);
    set_le<uint32_t>(out + 56, unsynced);
    set_le<uint32_t>(out + 60, flags);
    set_le<uint32_t>(out + 4, crc32c({out + 8, BLOCK_HEADER_BYTES - 8}));
}

std::optional<BlockHeader> BlockHeader::decode(const char* bytes) {
    if (get_le<uint32_t>(bytes) != BLOCK_MAGIC) return std::nullopt;
    if (get_le<uint32_t>(bytes + 4) != crc32c({bytes + 8, BLOCK_HEADER_BYTES - 8})) return std::nullopt;
    BlockHeader h;
    h.body_bytes = get_le<uint32_t>(bytes + 8);
    h.body_crc = get_le<uint32_t>(bytes + 12);
    h.index = get_le<uint64_t>(bytes + 16);
    h.term = get_le<uint32_t>(bytes + 24);
    h.salt = get_le<uint32_t>(bytes + 28);
    h.offset = get_le<uint64_t>(bytes + 32);
    h.time_ms = get_le<int64_t>(bytes + 40);
    h.partition = get_le<uint32_t>(bytes + 48);
    h.record_count = get_le<uint32_t>(bytes + 52);
    h.unsynced = get_le<uint32_t>(bytes + 56);
    h.flags = get_le<uint32_t>(bytes + 60);
    return h;
}

void SegmentIndex::add(const BlockHeader& block, uint64_t position) {
    Partition& p = partitions[block.partition];
    if (p.entries.empty() || p.bytes_since_entry >= DATA_BYTES || position - p.entries.back().position >= STEP_BYTES) {
        p.entries.push_back({block.offset, position, block.time_ms});
        p.bytes_since_entry = 0;
    }
    p.bytes_since_entry += block.total_bytes();
    p.end_offset = block.next_offset();
    if (oldest_ms == 0) oldest_ms = block.time_ms;
    newest_ms = std::max(newest_ms, block.time_ms);
    used_bytes = position + block.total_bytes();
    next_index = block.index + 1;
}

std::string SegmentIndex::encode(const SegmentHeader& segment, const std::vector<PartitionBase>& table) const {
    std::string out;
    put_le<uint32_t>(out, INDEX_MAGIC);
    put_le<uint32_t>(out, 0);  // crc, below
    put_le<uint32_t>(out, JOURNAL_VERSION);
    put_le<uint32_t>(out, segment.salt);
    put_le<uint64_t>(out, segment.sequence);
    put_le<uint64_t>(out, used_bytes);
    put_le<uint64_t>(out, next_index);
    put_le<int64_t>(out, oldest_ms);
    put_le<int64_t>(out, newest_ms);
    put_le<uint32_t>(out, narrow<uint32_t>(table.size()));
    put_table(out, table);
    put_varint(out, partitions.size());
    for (const auto& [id, p] : partitions) {
        put_varint(out, id);
        put_varint(out, p.end_offset);
        put_varint(out, p.bytes_since_entry);
        put_varint(out, p.entries.size());
        Entry last;
        for (const Entry& e : p.entries) {
            put_varint(out, e.offset - last.offset);
            put_varint(out, e.position - last.position);
            put_zigzag(out, e.time_ms - last.time_ms);
            last = e;
        }
    }
    put_varint(out, holes.size());
    for (const Hole& h : holes) {
        put_varint(out, h.from_byte);
        put_varint(out, h.to_byte);
        put_varint(out, h.from_index);
        put_varint(out, h.to_index);
    }
    set_le<uint32_t>(&out[4], crc32c(std::string_view(out).substr(8)));
    return out;
}

Result<SegmentIndex> SegmentIndex::decode(std::string_view bytes,
                                          const SegmentHeader& segment,
                                          std::vector<PartitionBase>& table) {
    const auto bad = [](const char* what) { return make_error(Code::corrupt, "segment index: {}", what); };
    ByteReader in(bytes);
    SegmentIndex out;
    uint32_t magic = 0;
    uint32_t crc = 0;
    uint32_t version = 0;
    uint32_t salt = 0;
    uint64_t sequence = 0;
    uint32_t table_count = 0;
    if (!in.le(&magic) || magic != INDEX_MAGIC || !in.le(&crc)) return bad("bad magic");
    if (crc32c(bytes.substr(8)) != crc) return bad("bad crc");
    if (!in.le(&version) || version != JOURNAL_VERSION) return bad("unknown version");
    if (!in.le(&salt) || !in.le(&sequence) || salt != segment.salt || sequence != segment.sequence)
        return bad("of another segment");
    if (!in.le(&out.used_bytes) || !in.le(&out.next_index) || !in.le(&out.oldest_ms) || !in.le(&out.newest_ms) ||
        !in.le(&table_count))
        return bad("cut");
    TRY(get_table(in, table_count, table));
    uint64_t partition_count = 0;
    if (!in.varint(&partition_count) || partition_count > in.left()) return bad("cut");
    for (uint64_t i = 0; i < partition_count; ++i) {
        uint64_t id = 0;
        uint64_t entry_count = 0;
        Partition p;
        if (!in.varint(&id) || id >= table.size() || !in.varint(&p.end_offset) || !in.varint(&p.bytes_since_entry) ||
            !in.varint(&entry_count) || entry_count > in.left() || entry_count == 0)
            return bad("bad partition");
        Entry last;
        p.entries.reserve(entry_count);
        for (uint64_t k = 0; k < entry_count; ++k) {
            uint64_t offset = 0;
            uint64_t position = 0;
            int64_t time_ms = 0;
            if (!in.varint(&offset) || !in.varint(&position) || !in.zigzag64(&time_ms)) return bad("cut entry");
            last.offset += offset;
            last.position += position;
            last.time_ms = static_cast<int64_t>(static_cast<uint64_t>(last.time_ms) + static_cast<uint64_t>(time_ms));
            if (last.position >= out.used_bytes) return bad("entry past the end");
            p.entries.push_back(last);
        }
        out.partitions.emplace(static_cast<PartitionId>(id), std::move(p));
    }
    uint64_t hole_count = 0;
    if (!in.varint(&hole_count) || hole_count > in.left()) return bad("cut");
    for (uint64_t i = 0; i < hole_count; ++i) {
        Hole h;
        if (!in.varint(&h.from_byte) || !in.varint(&h.to_byte) || !in.varint(&h.from_index) || !in.varint(&h.to_index))
            return bad("cut hole");
        out.holes.push_back(h);
    }
    if (!in.done()) return bad("bytes behind the end");
    return out;
}

void encode_declaration(PartitionId id, std::string_view name, std::string& out) {
    put_le<uint32_t>(out, id);
    out.append(name);
}

Result<PartitionBase> decode_declaration(std::string_view body) {
    if (body.size() < 4 || body.size() > 4 + PARTITION_NAME_BYTES_MAX)
        return make_error(Code::corrupt, "partition declaration of {} bytes", body.size());
    return PartitionBase{.id = get_le<uint32_t>(body.data()), .next_offset = 0, .name = std::string(body.substr(4))};
}

}  // namespace belfry::journal
