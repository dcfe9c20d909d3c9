#include "journal/segment_scan.h"

#include "base/hash.h"

namespace belfry::journal {

namespace {

/// A window over the file that follows the scan.
class Window {
  public:
    Window(const File& file, uint64_t file_bytes) : file_(file), file_bytes_(file_bytes) {}

    /// [at, at + count), or nothing when the file is shorter. Valid until the next call.
    Result<const char*> get(uint64_t at, uint64_t count) {
        if (count > file_bytes_ || at > file_bytes_ - count) return static_cast<const char*>(nullptr);
        if (at < begin_ || at + count > begin_ + bytes_.size()) {
            constexpr uint64_t WINDOW_BYTES = 4ULL << 20;
            bytes_.resize(std::min(std::max(count, WINDOW_BYTES), file_bytes_ - at));
            begin_ = at;
            TRY(read_exactly(file_, bytes_.data(), bytes_.size(), at));
        }
        return static_cast<const char*>(bytes_.data() + (at - begin_));
    }
    [[nodiscard]] uint64_t file_bytes() const { return file_bytes_; }

  private:
    const File& file_;
    uint64_t file_bytes_;
    uint64_t begin_ = 0;
    std::string bytes_;
};

/// The header of a whole, undamaged block of this segment at `at`.
Result<std::optional<BlockHeader>> good_block(Window& window, const SegmentHeader& segment, uint64_t at) {
    std::optional<BlockHeader> none;
    const char* bytes = TRY(window.get(at, BLOCK_HEADER_BYTES));
    if (bytes == nullptr) return none;
    const auto h = BlockHeader::decode(bytes);
    if (!h || h->salt != segment.salt) return none;
    const char* whole = TRY(window.get(at, BLOCK_HEADER_BYTES + h->body_bytes));
    if (whole == nullptr || crc32c({whole + BLOCK_HEADER_BYTES, h->body_bytes}) != h->body_crc) return none;
    return h;
}

struct Found {
    uint64_t position = 0;
    BlockHeader header;
};

/// The first good block behind `from` when one of all good blocks there proves that block `index` had been synced.
Result<std::optional<Found>> find_proof(Window& window, const SegmentHeader& segment, uint64_t from, uint64_t index) {
    std::optional<Found> first;
    bool proved = false;
    uint64_t at = from;
    while (at + BLOCK_HEADER_BYTES <= window.file_bytes() && !proved) {
        constexpr uint64_t STRIDE = 1ULL << 20;
        const uint64_t count = std::min(STRIDE, window.file_bytes() - at) / BLOCK_ALIGN * BLOCK_ALIGN;
        const char* bytes = TRY(window.get(at, count));
        uint64_t hit = count;
        for (uint64_t i = 0; i + 4 <= count; i += BLOCK_ALIGN) {
            uint32_t word = 0;
            std::memcpy(&word, bytes + i, 4);
            if (word == BLOCK_MAGIC) {
                hit = i;
                break;
            }
        }
        at += hit;
        if (hit == count) continue;
        const auto h = TRY(good_block(window, segment, at));
        if (h && h->index > index) {
            if (!first) first = Found{at, *h};
            proved = h->index - std::min<uint64_t>(h->unsynced, h->index) > index;
            at += h->total_bytes();
        } else {
            at += BLOCK_ALIGN;
        }
    }
    if (!proved) first.reset();
    return first;
}

bool any_byte_set(Window& window, uint64_t from) {
    const auto bytes = window.get(from, std::min<uint64_t>(BLOCK_HEADER_BYTES, window.file_bytes() - from));
    if (!bytes.ok() || *bytes == nullptr) return false;
    uint32_t word = 0;
    if (window.file_bytes() - from >= 4) std::memcpy(&word, *bytes, 4);
    return word != 0;
}

}  // namespace

Result<SegmentScan> scan_segment(const File& file, const SegmentHeader& header) {
    Window window(file, TRY(file.size()));
    SegmentScan scan;
    scan.table = header.partitions;
    scan.index.used_bytes = header.header_bytes;
    scan.index.next_index = header.first_index;
    std::vector<bool> unsure(scan.table.size(), false);  // no block seen since the last hole
    uint64_t hole_bytes = 0;
    uint64_t at = header.header_bytes;
    while (true) {
        auto h = TRY(good_block(window, header, at));
        if (h && h->index != scan.index.next_index) h.reset();
        if (!h) {
            if (at + BLOCK_HEADER_BYTES > window.file_bytes()) break;
            const auto next = TRY(find_proof(window, header, at, scan.index.next_index));
            if (!next) {
                // Old bytes of a recycled file look like a torn write; only this life's magic and salt are one.
                if (any_byte_set(window, at)) {
                    const char* bytes = TRY(window.get(at, BLOCK_HEADER_BYTES));
                    const auto old = BlockHeader::decode(bytes);
                    if (!old || old->salt == header.salt) scan.torn_bytes = BLOCK_HEADER_BYTES;
                    if (old && old->salt == header.salt) scan.torn_bytes = old->total_bytes();
                }
                break;
            }
            scan.index.holes.push_back({at, next->position, scan.index.next_index, next->header.index});
            hole_bytes += next->position - at;
            unsure.assign(unsure.size(), true);
            at = next->position;
            scan.index.next_index = next->header.index;
            continue;
        }
        if (h->partition == 0 && (h->flags & BLOCK_DECLARES) != 0) {
            const char* bytes = TRY(window.get(at, BLOCK_HEADER_BYTES + h->body_bytes));
            auto declared = TRY(decode_declaration({bytes + BLOCK_HEADER_BYTES, h->body_bytes}));
            // A declaration lost in a hole leaves a gap of nameless partitions.
            while (scan.table.size() < declared.id) {
                const auto id = static_cast<PartitionId>(scan.table.size());
                scan.table.push_back({id, 0, fmt::format("lost-{}", id)});
            }
            if (declared.id == scan.table.size()) scan.table.push_back(std::move(declared));
            unsure.resize(scan.table.size(), hole_bytes > 0);
        }
        if (h->partition >= scan.table.size()) {
            if (hole_bytes == 0 || h->partition >= PARTITIONS_MAX)
                return make_error(Code::corrupt, "block at byte {} is of unknown partition {}", at, h->partition);
            while (scan.table.size() <= h->partition) {
                const auto id = static_cast<PartitionId>(scan.table.size());
                scan.table.push_back({id, 0, fmt::format("lost-{}", id)});
            }
            unsure.resize(scan.table.size(), true);
        }
        scan.table[h->partition].next_offset = h->next_offset();
        unsure[h->partition] = false;
        scan.index.add(*h, at);
        ++scan.blocks;
        at = scan.index.used_bytes;
    }
    for (size_t i = 0; i < unsure.size(); ++i)
        if (unsure[i]) scan.table[i].next_offset += hole_bytes;
    return scan;
}

}  // namespace belfry::journal
