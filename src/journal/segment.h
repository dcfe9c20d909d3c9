#pragma once

#include "base/file.h"
#include "journal/format.h"

#include <atomic>
#include <memory>
#include <string>

namespace belfry::journal {

/// One segment file. Shared by the log and by readers under way, so that a retired one lives until they are done.
class Segment {
  public:
    std::string path;  // of the .seg file
    SegmentHeader header;
    std::unique_ptr<File> file;
    SegmentIndex index;  // of the open segment: guarded by the log's mutex; of a closed one: immutable
    std::atomic<uint64_t> allocated_bytes{0};
    /// Readers see blocks below this byte.
    std::atomic<uint64_t> visible_bytes{0};

    [[nodiscard]] static std::string file_name(uint64_t sequence) { return fmt::format("{:020}.seg", sequence); }
    [[nodiscard]] std::string index_path() const { return path.substr(0, path.size() - 3) + "idx"; }
};

[[nodiscard]] Result<SegmentHeader> read_segment_header(const File& file);

/// Reads blocks of one partition from one segment. What it needs of the index is copied under the log's lock, so that it
/// can read without it.
struct SegmentRead {
    std::shared_ptr<const Segment> segment;
    uint64_t position = 0;        // where to look first
    uint64_t end_position = 0;    // blocks below are visible
    std::vector<uint64_t> later;  // positions of the partition's index entries behind `position`, ascending
    uint64_t end_offset = 0;      // the partition's next offset at `end_position`; 0 when not known
};

/// Adds blocks with offsets >= from.offset to `out` until `limit_bytes` of bodies are there.
[[nodiscard]] Status read_segment(const SegmentRead& read, const ReadFrom& from, uint64_t& limit_bytes, LogSlice& out);

}  // namespace belfry::journal
