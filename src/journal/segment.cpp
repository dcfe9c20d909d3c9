#include "journal/segment.h"

#include "base/hash.h"
#include "base/log.h"
#include "journal/stats.h"

namespace belfry::journal {

Result<SegmentHeader> read_segment_header(const File& file) {
    std::string bytes(SEGMENT_HEADER_ALIGN, '\0');
    TRY(read_exactly(file, bytes.data(), bytes.size(), 0));
    const uint64_t needed = SegmentHeader::bytes_needed(bytes);
    if (needed > bytes.size() && needed <= SEGMENT_HEADER_BYTES_MAX) {
        bytes.resize(needed);
        TRY(read_exactly(file, bytes.data(), bytes.size(), 0));
    }
    return SegmentHeader::decode(bytes);
}

namespace {

constexpr uint64_t READ_WINDOW_BYTES = 1ULL << 20;
constexpr uint64_t READ_WINDOW_MIN_BYTES = 64ULL << 10;  // when the caller wants little

void report_damage(const Segment& segment, uint64_t position, std::string_view what) {
    static LogLimiter limiter;
    bad_blocks.add();
    uint64_t suppressed = 0;
    if (!limiter.allow(&suppressed)) return;
    log_error("journal",
              "damaged block skipped",
              {{"file", segment.path}, {"byte", position}, {"what", what}, {"suppressed", suppressed}});
}

}  // namespace

Status read_segment(const SegmentRead& read, const ReadFrom& from, uint64_t& limit_bytes, LogSlice& out) {
    const Segment& segment = *read.segment;
    uint64_t at = read.position;
    uint64_t entry_at = read.position;  // the partition's last index entry at or before `at`
    auto later = read.later.begin();
    std::shared_ptr<std::string> buffer;
    uint64_t buffer_at = 0;
    const auto jump = [&] {  // to the next entry; to the end when there is none
        entry_at = later == read.later.end() ? read.end_position : *later++;
        at = entry_at;
    };
    const auto have = [&](uint64_t count) -> Status {  // [at, at + count) is in the buffer
        if (buffer && at >= buffer_at && at + count <= buffer_at + buffer->size()) return {};
        const uint64_t want = std::clamp(limit_bytes + BLOCK_HEADER_BYTES, READ_WINDOW_MIN_BYTES, READ_WINDOW_BYTES);
        buffer = std::make_shared<std::string>(std::min(std::max(count, want), read.end_position - at), '\0');
        buffer_at = at;
        bytes_read.add(buffer->size());
        return read_exactly(*segment.file, buffer->data(), buffer->size(), at).context("read {}", segment.path);
    };
    while (at < read.end_position && limit_bytes > 0) {
        while (later != read.later.end() && *later <= at) entry_at = *later++;
        if (at - entry_at >= SegmentIndex::STEP_BYTES) {
            jump();
            continue;
        }
        if (at + BLOCK_HEADER_BYTES > read.end_position) break;
        TRY(have(BLOCK_HEADER_BYTES));
        const auto h = BlockHeader::decode(buffer->data() + (at - buffer_at));
        if (!h || h->salt != segment.header.salt || at + h->total_bytes() > read.end_position) {
            // Known holes are in the index and passed over in silence: they were reported when they were found.
            bool known = false;
            for (const auto& hole : segment.index.holes) {
                if (at < hole.from_byte || at >= hole.to_byte) continue;
                at = hole.to_byte;
                known = true;
                break;
            }
            if (!known) {
                report_damage(segment, at, "header");
                jump();
            }
            continue;
        }
        const uint64_t block_at = at;
        const bool wanted = h->partition == from.partition && h->next_offset() > from.offset && (h->flags & LogEntry::FILLER) == 0;
        if (wanted) {
            if (h->body_bytes > limit_bytes && !out.blocks.empty()) {
                limit_bytes = 0;
                break;
            }
            TRY(have(BLOCK_HEADER_BYTES + h->body_bytes));
            const std::string_view body(buffer->data() + (at - buffer_at) + BLOCK_HEADER_BYTES, h->body_bytes);
            if (crc32c(body) != h->body_crc) {
                report_damage(segment, block_at, "body");
            } else {
                if (out.buffers.empty() || out.buffers.back() != buffer) out.buffers.push_back(buffer);
                if (h->offset > out.next_offset) out.skipped_records += h->offset - out.next_offset;
                out.blocks.push_back({.index = h->index,
                                      .offset = h->offset,
                                      .partition = h->partition,
                                      .record_count = h->record_count,
                                      .flags = h->flags & 0xffff,
                                      .time_ms = h->time_ms,
                                      .body = body});
                out.next_offset = h->next_offset();
                limit_bytes -= std::min<uint64_t>(limit_bytes, h->body_bytes);
            }
        }
        at += h->total_bytes();
    }
    return {};
}

}  // namespace belfry::journal
