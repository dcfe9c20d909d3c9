#include "base/bytes.h"
#include "base/hash.h"
#include "journal/segment_scan.h"

namespace {

using namespace belfry;
using namespace belfry::journal;

class MemoryFile final : public File {
  public:
    explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
    Result<size_t> pread(char* out, size_t count, uint64_t offset) const override {
        if (offset >= bytes_.size()) return size_t{0};
        const size_t n = std::min<size_t>(count, bytes_.size() - offset);
        std::memcpy(out, bytes_.data() + offset, n);
        return n;
    }
    Result<size_t> pwritev(std::span<const std::string_view>, uint64_t) override { return make_error(Code::invalid, "read only"); }
    Status sync_data() override { return {}; }
    Status allocate(uint64_t, uint64_t) override { return {}; }
    Status truncate(uint64_t) override { return {}; }
    Result<uint64_t> size() const override { return uint64_t{bytes_.size()}; }

  private:
    std::string bytes_;
};

void check_scan(const std::string& bytes, const SegmentHeader& header) {
    const MemoryFile file(bytes);
    const auto scan = scan_segment(file, header);
    if (!scan.ok()) return;
    if (scan->index.used_bytes > bytes.size() && scan->blocks > 0) __builtin_trap();
    if (scan->index.next_index < header.first_index) __builtin_trap();
    // An index read back is the index that was written.
    std::vector<PartitionBase> table;
    const auto again = SegmentIndex::decode(scan->index.encode(header, scan->table), header, table);
    if (!again.ok() || !(*again == scan->index) || table != scan->table) __builtin_trap();
}

}  // namespace

// The first byte chooses: bytes as a header, as an index, as a segment's blocks, or as orders for blocks that are then
// damaged, so that the fuzzer gets past the checksums.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* raw, size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(raw) + 1, size - 1);
    SegmentHeader header{.salt = 77, .term = 0, .sequence = 1, .first_index = 10, .created_ms = 1, .partitions = {{0, 0, ""}, {1, 5, "t"}}};
    std::string bytes = header.encode();
    switch (raw[0] % 4) {
        case 0: {
            std::string head(input);
            head.resize(std::max<size_t>(head.size(), SEGMENT_HEADER_ALIGN));
            set_le<uint32_t>(&head[4], crc32c(std::string_view(head).substr(8)));
            static_cast<void>(SegmentHeader::bytes_needed(head));
            static_cast<void>(SegmentHeader::decode(head).ok());
            break;
        }
        case 1: {
            std::string index(input);
            if (index.size() >= 24) {
                set_le<uint32_t>(&index[0], INDEX_MAGIC);
                set_le<uint32_t>(&index[8], JOURNAL_VERSION);
                set_le<uint32_t>(&index[12], header.salt);
                set_le<uint64_t>(&index[16], header.sequence);
                set_le<uint32_t>(&index[4], crc32c(std::string_view(index).substr(8)));
            }
            std::vector<PartitionBase> table;
            static_cast<void>(SegmentIndex::decode(index, header, table).ok());
            break;
        }
        case 2: check_scan(bytes + std::string(input), header); break;
        default: {
            // Six bytes a block: partition, body size, unsynced, index step, what to damage, where.
            uint64_t index = header.first_index;
            for (size_t i = 0; i + 6 <= input.size() && bytes.size() < (1U << 20); i += 6) {
                const auto at = [&](size_t k) { return static_cast<uint8_t>(input[i + k]); };
                std::string body(static_cast<size_t>(at(1)) * 3, 'b');
                BlockHeader h;
                h.partition = at(0) % 4;
                if (h.partition == 0) {
                    body.clear();
                    encode_declaration(at(1) % 8, "declared", body);
                    h.flags = BLOCK_DECLARES;
                }
                h.body_bytes = static_cast<uint32_t>(body.size());
                h.body_crc = crc32c(body);
                h.index = index;
                h.salt = at(4) == 7 ? 78 : header.salt;
                h.offset = index;
                h.record_count = at(1);
                h.unsynced = at(2) % 5;
                index += at(3) % 16 == 0 ? 2 : 1;
                char head[BLOCK_HEADER_BYTES];
                h.encode(head);
                const size_t begin = bytes.size();
                bytes.append(head, sizeof head).append(body);
                bytes.resize(begin + h.total_bytes(), '\0');
                if (at(4) % 4 == 1) bytes[begin + at(5) % (bytes.size() - begin)] ^= 16;
                if (at(4) % 16 == 2) bytes.append(at(5), '\0');
            }
            check_scan(bytes, header);
        }
    }
    return 0;
}
