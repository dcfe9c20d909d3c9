#include "journal/segment_log.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "journal/segment.h"
#include "journal/segment_scan.h"
#include "journal/stats.h"

namespace belfry::journal {

namespace {

constexpr uint64_t GROW_BYTES_MIN = 128ULL << 10; // an idle data directory stays small
constexpr uint64_t GROW_BYTES_MAX = 16ULL << 20;  // preallocated ahead of a busy writer that has no spare yet
constexpr uint64_t COPY_BYTES_MAX = 16ULL << 10;  // smaller bodies are copied beside their headers: fewer vectors to write
constexpr std::string_view CLEAN_FILE = "clean";

}  // namespace

struct SegmentLog::Impl {
    FileSystem& files;
    Clock& clock;
    const JournalConfig config;
    FatalHook on_fatal;
    std::atomic<bool> failed{false};

    mutable std::shared_mutex mutex;                // guards the three below and the open segment's index
    std::vector<std::shared_ptr<Segment>> segments;  // oldest first; the last is open
    std::vector<PartitionBase> table;                // next_offset counts what is appended
    std::map<std::string, PartitionId, std::less<>> ids;

    // of the appending thread
    uint64_t write_at = 0;  // in the open segment
    uint64_t synced_below = 0;
    bool unsynced = false;
    int64_t last_sync_ms = 0;
    int64_t last_full_roll_ms = 0;
    std::vector<std::string> spares;
    uint64_t spare_number = 0;
    std::string scratch;

    std::atomic<uint64_t> tail{0};
    std::atomic<uint64_t> high_watermark{0};
    std::atomic<uint64_t> spare_bytes{0};

    Impl(FileSystem& f, Clock& c, JournalConfig g, FatalHook hook)
        : files(f), clock(c), config(std::move(g)), on_fatal(std::move(hook)) {}

    [[nodiscard]] std::string path(std::string_view name) const { return fmt::format("{}/{}", config.directory, name); }
    [[nodiscard]] Segment& open_segment() { return *segments.back(); }

    Status recover(RecoveryReport& report);
    Status load(Segment& segment, bool last, bool clean, RecoveryReport& report, std::vector<PartitionBase>& table_out);
    Status begin_segment();
    Status close_segment(bool full);
    Status sync_now();
    Status make_room(uint64_t bytes);
    void drop_spares();
    Status shut_down();
};

SegmentLog::SegmentLog(FileSystem& files, Clock& clock, JournalConfig config, FatalHook on_fatal)
    : impl_(std::make_unique<Impl>(files, clock, std::move(config), std::move(on_fatal))) {
    if (!impl_->on_fatal) impl_->on_fatal = [](const Error& e) { fatal(e); };
}

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(FileSystem& files,
                                                     Clock& clock,
                                                     JournalConfig config,
                                                     FatalHook on_fatal) {
    auto log = std::unique_ptr<SegmentLog>(new SegmentLog(files, clock, std::move(config), std::move(on_fatal)));
    TRY(log->impl_->recover(log->recovery_).context("open log {}", log->impl_->config.directory));
    return log;
}

SegmentLog::~SegmentLog() {
    if (impl_->failed || impl_->segments.empty()) return;
    const Status done = impl_->shut_down();
    if (!done.ok()) log_warn("journal", "not closed cleanly", {{"error", done.error().message}});
}

// ---------------------------------------------------------------------------------------------------- start, end

Status SegmentLog::Impl::load(Segment& segment, bool last, bool clean, RecoveryReport& report,
                              std::vector<PartitionBase>& table_out) {
    segment.file = TRY(files.open(segment.path, OpenMode::write));
    segment.allocated_bytes = TRY(segment.file->size());
    segment.header = TRY(read_segment_header(*segment.file).context("{}", segment.path));
    if (!last || clean) {
        const auto bytes = read_file(files, segment.index_path(), 1ULL << 30);
        if (bytes.ok()) {
            auto index = SegmentIndex::decode(*bytes, segment.header, table_out);
            if (index.ok() && index->used_bytes <= segment.allocated_bytes) {
                segment.index = std::move(index).value();
                return {};
            }
        }
        log_warn("journal", "index missing or bad, segment scanned", {{"file", segment.path}});
    }
    SegmentScan scan = TRY(scan_segment(*segment.file, segment.header).context("{}", segment.path));
    report.blocks_scanned += scan.blocks;
    report.bytes_scanned += scan.index.used_bytes;
    report.torn_bytes_cut += scan.torn_bytes;
    for (const auto& hole : scan.index.holes) {
        report.quarantined.push_back({segment.path, hole.from_byte, hole.to_byte, hole.from_index, hole.to_index,
                                      "acknowledged blocks are damaged"});
        log_error("journal",
                  "damaged range quarantined",
                  {{"file", segment.path}, {"from_byte", hole.from_byte}, {"to_byte", hole.to_byte},
                   {"blocks", hole.to_index - hole.from_index}});
    }
    segment.index = std::move(scan.index);
    table_out = std::move(scan.table);
    return {};
}

Status SegmentLog::Impl::recover(RecoveryReport& report) {
    TRY(files.make_dirs(config.directory));
    std::vector<uint64_t> sequences;
    for (const std::string& name : TRY(files.list(config.directory))) {
        uint64_t sequence = 0;
        if (name.size() == 24 && name.ends_with(".seg") &&
            std::from_chars(name.data(), name.data() + 20, sequence).ptr == name.data() + 20) {
            sequences.push_back(sequence);
        } else if (name.ends_with(".tmp") || name.starts_with("spare-")) {
            TRY(files.remove(path(name)));
        }
    }
    bool clean = false;
    if (const auto mark = read_file(files, path(CLEAN_FILE), 4096); mark.ok()) {
        clean = mark->size() == 16 && get_le<uint32_t>(mark->data()) == CLEAN_MAGIC &&
                get_le<uint32_t>(mark->data() + 4) == crc32c(std::string_view(*mark).substr(8)) && !sequences.empty() &&
                get_le<uint64_t>(mark->data() + 8) == sequences.back();
        TRY(files.remove(path(CLEAN_FILE)));
    }
    // Names that the process before made but did not live to sync must not vanish in a later power cut.
    TRY(files.sync_dir(config.directory));
    report.clean_shutdown = clean;
    for (size_t i = 0; i < sequences.size(); ++i) {
        auto segment = std::make_shared<Segment>();
        segment->path = path(Segment::file_name(sequences[i]));
        const bool last = i + 1 == sequences.size();
        std::vector<PartitionBase> end_table;
        Status loaded = load(*segment, last, clean, report, end_table);
        if (!loaded.ok()) {
            // A version from the future or a failing disk must not be passed over; a damaged file is set aside.
            if (loaded.error().code != Code::corrupt) return loaded;
            log_error("journal", "segment set aside", {{"file", segment->path}, {"error", loaded.error().message}});
            report.quarantined.push_back({segment->path + ".bad", 0, segment->allocated_bytes.load(), 0, 0, loaded.error().message});
            TRY(files.rename(segment->path, segment->path + ".bad"));
            TRY(files.sync_dir(config.directory));
            continue;
        }
        segment->visible_bytes = segment->index.used_bytes;
        table = std::move(end_table);
        segments.push_back(std::move(segment));
    }
    report.segments = segments.size();
    uint64_t next_index = segments.empty() ? 1 : segments.back()->index.next_index;
    const bool lost_last = !sequences.empty() && (segments.empty() || segments.back()->header.sequence != sequences.back());
    if (table.empty()) table.push_back({0, 0, ""});
    for (const PartitionBase& p : table) ids.emplace(p.name, p.id);
    if (lost_last) {
        // What the set-aside segment held is unknown: go on where it cannot have been.
        for (PartitionBase& p : table) p.next_offset += config.segment_bytes;
        next_index += config.segment_bytes;
    }
    tail = next_index;
    synced_below = next_index;
    last_sync_ms = last_full_roll_ms = clock.monotonic_ms();
    if (segments.empty() || lost_last) {
        if (lost_last) {
            auto reserve = std::make_shared<Segment>();
            reserve->header.sequence = sequences.back();
            segments.push_back(std::move(reserve));
            const Status begun = begin_segment();
            segments.erase(segments.end() - (begun.ok() ? 2 : 1));
            TRY(Status(begun));
        } else {
            TRY(begin_segment());
        }
    } else {
        Segment& open = open_segment();
        write_at = open.index.used_bytes;
        // The tail that is cut: a block header there must not come back to life. What was found good may have been
        // written but not synced by the process that died; from here on it counts as synced.
        if (!clean) {
            const std::string zeros(BLOCK_HEADER_BYTES, '\0');
            if (open.allocated_bytes > write_at)
                TRY(write_all(*open.file, std::string_view(zeros).substr(0, std::min<uint64_t>(zeros.size(), open.allocated_bytes.load() - write_at)), write_at));
            TRY(open.file->sync_data());
        }
    }
    high_watermark = tail.load();
    if (report.torn_bytes_cut > 0 || !report.quarantined.empty() || report.blocks_scanned > 0)
        log_info("journal",
                 "log recovered",
                 {{"segments", report.segments}, {"blocks_scanned", report.blocks_scanned},
                  {"torn_bytes_cut", report.torn_bytes_cut}, {"quarantined", report.quarantined.size()}});
    return {};
}

Status SegmentLog::Impl::shut_down() {
    if (unsynced && config.sync_policy != SyncPolicy::never) TRY(sync_now());
    Segment& open = open_segment();
    TRY(open.file->truncate(write_at));
    TRY(open.file->sync_data());
    TRY(write_file_atomically(files, open.index_path(), open.index.encode(open.header, table)));
    drop_spares();
    std::string mark;
    put_le<uint32_t>(mark, CLEAN_MAGIC);
    put_le<uint32_t>(mark, 0);
    put_le<uint64_t>(mark, open.header.sequence);
    set_le<uint32_t>(&mark[4], crc32c(std::string_view(mark).substr(8)));
    return write_file_atomically(files, path(CLEAN_FILE), mark);
}

// ---------------------------------------------------------------------------------------------------- segments

/// The new segment is whole on disk, under its name, before the first block goes into it.
Status SegmentLog::Impl::begin_segment() {
    auto segment = std::make_shared<Segment>();
    SegmentHeader& header = segment->header;
    header.sequence = segments.empty() ? 1 : segments.back()->header.sequence + 1;
    header.first_index = tail;
    header.created_ms = clock.now_ms();
    const uint64_t random[3] = {header.sequence, static_cast<uint64_t>(clock.now_ns()), tail};
    header.salt = static_cast<uint32_t>(hash64({reinterpret_cast<const char*>(random), sizeof random}));
    header.partitions = table;
    const std::string bytes = header.encode();
    segment->path = path(Segment::file_name(header.sequence));
    std::string from = segment->path + ".tmp";
    if (!spares.empty()) {
        from = spares.back();
        segment->file = TRY(files.open(from, OpenMode::write));
        spares.pop_back();
        spare_bytes -= config.segment_bytes;
        segments_recycled.add();
    } else {
        segment->file = TRY(files.open(from, OpenMode::create_empty));
    }
    TRY(write_all(*segment->file, bytes, 0));
    TRY(segment->file->sync_data());
    segment->allocated_bytes = TRY(segment->file->size());
    TRY(files.rename(from, segment->path));
    TRY(files.sync_dir(config.directory));
    segment->index.used_bytes = header.header_bytes;
    segment->index.next_index = header.first_index;
    segment->visible_bytes = header.header_bytes;
    write_at = header.header_bytes;
    segments_created.add();
    const std::unique_lock lock(mutex);
    segments.push_back(std::move(segment));
    return {};
}

/// Everything in a closed segment is synced, and its index is beside it.
Status SegmentLog::Impl::close_segment(bool full) {
    Segment& open = open_segment();
    if (unsynced) TRY(sync_now());
    if (!full && open.allocated_bytes > write_at) {
        TRY(open.file->truncate(write_at));
        open.allocated_bytes = write_at;
    }
    std::string bytes;
    {
        const std::shared_lock lock(mutex);
        bytes = open.index.encode(open.header, table);
    }
    return write_file_atomically(files, open.index_path(), bytes);
}

Status SegmentLog::Impl::make_room(uint64_t bytes) {
    Segment* open = &open_segment();
    if (write_at + bytes > config.segment_bytes && write_at > open->header.header_bytes) {
        TRY(close_segment(true));
        last_full_roll_ms = clock.monotonic_ms();
        TRY(begin_segment());
        open = &open_segment();
    }
    if (write_at + bytes <= open->allocated_bytes) return {};
    // Grow ahead in steps that follow the size, so that neither a small log takes much disk nor a busy one many calls.
    const uint64_t step = std::clamp(write_at, GROW_BYTES_MIN, GROW_BYTES_MAX);
    const uint64_t wanted = std::max(write_at + bytes, std::min(open->allocated_bytes.load() + step, config.segment_bytes));
    TRY(open->file->allocate(open->allocated_bytes, wanted - open->allocated_bytes));
    open->allocated_bytes = wanted;
    return {};
}

void SegmentLog::Impl::drop_spares() {
    for (const std::string& spare : spares) {
        const Status removed = files.remove(spare);
        if (!removed.ok()) log_warn("journal", "spare segment stays", {{"error", removed.error().message}});
    }
    spares.clear();
    spare_bytes = 0;
}

// ---------------------------------------------------------------------------------------------------- append, commit

Result<std::vector<LogPosition>> SegmentLog::append(std::span<const LogEntry> entries) {
    Impl& m = *impl_;
    if (m.failed) return make_error(Code::unavailable, "the log has failed");
    std::vector<LogPosition> positions;
    if (entries.empty()) return positions;
    std::vector<BlockHeader> headers(entries.size());
    uint64_t total = 0;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].body.size() > m.config.block_bytes_max)
            return make_error(Code::invalid, "block of {} bytes, limit {}", entries[i].body.size(), m.config.block_bytes_max);
        INVARIANT(entries[i].partition < m.table.size(), "partitions are opened before they are appended to");
        headers[i].body_bytes = static_cast<uint32_t>(entries[i].body.size());
        total += headers[i].total_bytes();
    }
    TRY(m.make_room(total));
    Segment& open = m.open_segment();

    std::map<PartitionId, uint64_t> next;  // offsets as they will be if all goes well
    std::vector<std::string_view> parts;
    std::string& scratch = m.scratch;
    uint64_t scratch_bytes = 0;
    for (const BlockHeader& h : headers)
        scratch_bytes += h.body_bytes <= COPY_BYTES_MAX ? h.total_bytes() : BLOCK_HEADER_BYTES + BLOCK_ALIGN;
    scratch.clear();
    scratch.reserve(scratch_bytes);  // parts view it: it must not move
    size_t part_begin = 0;
    const uint64_t first_index = m.tail;
    positions.reserve(entries.size());
    for (size_t i = 0; i < entries.size(); ++i) {
        const LogEntry& e = entries[i];
        BlockHeader& h = headers[i];
        const auto [slot, added] = next.try_emplace(e.partition, m.table[e.partition].next_offset);
        h.body_crc = crc32c(e.body);
        h.index = first_index + i;
        h.term = open.header.term;
        h.salt = open.header.salt;
        h.offset = slot->second;
        h.time_ms = e.time_ms;
        h.partition = e.partition;
        h.record_count = e.record_count;
        h.unsynced = static_cast<uint32_t>(std::min<uint64_t>(h.index - m.synced_below, UINT32_MAX));
        h.flags = e.flags;
        slot->second = h.next_offset();
        positions.push_back({h.index, h.offset});
        char raw[BLOCK_HEADER_BYTES];
        h.encode(raw);
        scratch.append(raw, sizeof raw);
        if (h.body_bytes <= COPY_BYTES_MAX) {
            scratch.append(e.body);
        } else {
            parts.push_back(std::string_view(scratch).substr(part_begin));
            parts.push_back(e.body);
            part_begin = scratch.size();
        }
        scratch.append(h.total_bytes() - BLOCK_HEADER_BYTES - h.body_bytes, '\0');
    }
    if (part_begin < scratch.size()) parts.push_back(std::string_view(scratch).substr(part_begin));
    const Status written = write_all(*open.file, parts, m.write_at);
    if (!written.ok()) {
        // Nothing was promised. Best effort: let no half-written group be found by a later start.
        const std::string zeros(BLOCK_HEADER_BYTES, '\0');
        const Status wiped = write_all(*open.file, zeros, m.write_at);
        static_cast<void>(wiped.ok());
        return written.error();
    }
    m.unsynced = true;
    blocks_appended.add(entries.size());
    bytes_appended.add(total);
    const std::unique_lock lock(m.mutex);
    for (const BlockHeader& h : headers) {
        open.index.add(h, m.write_at);
        m.write_at += h.total_bytes();
    }
    for (const auto& [partition, offset] : next) m.table[partition].next_offset = offset;
    m.tail = first_index + entries.size();
    return positions;
}

Status SegmentLog::Impl::sync_now() {
    const int64_t start_ns = clock.monotonic_ns();
    Status synced = open_segment().file->sync_data();
    if (!synced.ok()) {
        // The kernel may have dropped the pages: what was written is unknown, and a second try would only hide it.
        failed = true;
        on_fatal(Error(synced.error()).context("the log cannot be synced"));
        return make_error(Code::unavailable, "the log has failed: {}", synced.error().message);
    }
    sync_timing.observe_ns(clock.monotonic_ns() - start_ns);
    unsynced = false;
    synced_below = tail;
    last_sync_ms = clock.monotonic_ms();
    return {};
}

Status SegmentLog::commit(uint64_t index) {
    Impl& m = *impl_;
    if (m.failed) return make_error(Code::unavailable, "the log has failed");
    if (m.config.sync_policy == SyncPolicy::batch && m.unsynced) TRY(m.sync_now());
    if (m.config.sync_policy == SyncPolicy::interval && m.unsynced &&
        m.clock.monotonic_ms() - m.last_sync_ms >= m.config.sync_interval_ms)
        TRY(m.sync_now());
    INVARIANT(index < m.tail, "only appended blocks are committed");
    m.open_segment().visible_bytes = m.write_at;
    m.high_watermark = m.tail.load();
    return {};
}

Result<PartitionId> SegmentLog::open_partition(std::string_view name) {
    Impl& m = *impl_;
    if (name.empty() || name.size() > PARTITION_NAME_BYTES_MAX)
        return make_error(Code::invalid, "a partition's name has 1 to {} bytes", PARTITION_NAME_BYTES_MAX);
    if (const auto at = m.ids.find(name); at != m.ids.end()) return at->second;
    if (m.table.size() >= PARTITIONS_MAX) return make_error(Code::exhausted, "{} partitions, the limit", PARTITIONS_MAX);
    const auto id = static_cast<PartitionId>(m.table.size());
    std::string body;
    encode_declaration(id, name, body);
    const LogEntry entry{.partition = 0, .flags = BLOCK_DECLARES, .time_ms = m.clock.now_ms(), .body = body};
    const auto positions = TRY(append(std::span(&entry, 1)));
    {
        const std::unique_lock lock(m.mutex);
        m.table.push_back({id, 0, std::string(name)});
        m.ids.emplace(name, id);
    }
    TRY(commit(positions[0].index));
    return id;
}

// ---------------------------------------------------------------------------------------------------- reading

Result<LogSlice> SegmentLog::read(const ReadFrom& from) const {
    const Impl& m = *impl_;
    LogSlice out;
    out.next_offset = from.offset;
    uint64_t left = std::max<uint64_t>(from.limit_bytes, 1);
    std::vector<SegmentRead> reads;
    uint64_t budget = 0;
    {
        const std::shared_lock lock(m.mutex);
        for (const auto& segment : m.segments) {
            const auto at = segment->index.partitions.find(from.partition);
            if (at == segment->index.partitions.end() || at->second.end_offset <= from.offset) continue;
            const auto& entries = at->second.entries;
            SegmentRead read;
            read.segment = segment;
            auto entry = std::upper_bound(entries.begin(), entries.end(), from.offset,
                                          [](uint64_t offset, const SegmentIndex::Entry& e) { return offset < e.offset; });
            if (entry != entries.begin()) --entry;
            read.position = entry->position;
            read.end_position = segment->visible_bytes;
            if (read.end_position == segment->index.used_bytes) read.end_offset = at->second.end_offset;
            // Entries stand at most each STEP_BYTES or DATA_BYTES: more than this many are not passed in one read.
            const uint64_t reach = left + (left / SegmentIndex::DATA_BYTES + 2) * SegmentIndex::DATA_BYTES;
            for (++entry; entry != entries.end(); ++entry) {
                read.later.push_back(entry->position);
                if (read.later.size() * SegmentIndex::DATA_BYTES > reach) {
                    if (entry->position < read.end_position) {
                        read.end_position = entry->position;
                        read.end_offset = entry->offset;
                    }
                    break;
                }
            }
            budget += (read.later.size() + 1) * SegmentIndex::DATA_BYTES;
            const bool cut = entry != entries.end();
            reads.push_back(std::move(read));
            if (cut || budget > reach) break;
        }
    }
    for (const SegmentRead& read : reads) {
        if (left == 0) break;
        TRY(read_segment(read, from, left, out));
        if (left > 0 && read.end_offset > out.next_offset) {  // damaged blocks at the end: go on behind them
            out.skipped_records += read.end_offset - out.next_offset;
            out.next_offset = read.end_offset;
        }
    }
    return out;
}

uint64_t SegmentLog::tail() const { return impl_->tail; }
uint64_t SegmentLog::high_watermark() const { return impl_->high_watermark; }
bool SegmentLog::failed() const { return impl_->failed; }

std::vector<PartitionState> SegmentLog::partitions() const {
    const Impl& m = *impl_;
    const std::shared_lock lock(m.mutex);
    std::vector<PartitionState> out;
    out.reserve(m.table.size());
    const auto& oldest = m.segments.front()->header.partitions;
    for (const PartitionBase& p : m.table)
        out.push_back({.name = p.name,
                       .id = p.id,
                       .begin_offset = p.id < oldest.size() ? oldest[p.id].next_offset : 0,
                       .end_offset = p.next_offset});
    return out;
}

std::vector<SegmentLog::SegmentFacts> SegmentLog::segments() const {
    const Impl& m = *impl_;
    const std::shared_lock lock(m.mutex);
    std::vector<SegmentFacts> out;
    for (const auto& segment : m.segments) {
        SegmentFacts facts{.sequence = segment->header.sequence,
                           .open = segment == m.segments.back(),
                           .used_bytes = segment->index.used_bytes,
                           .newest_ms = segment->index.newest_ms,
                           .end_offsets = {}};
        for (const auto& [id, p] : segment->index.partitions) facts.end_offsets.emplace_back(id, p.end_offset);
        out.push_back(std::move(facts));
    }
    return out;
}

// ---------------------------------------------------------------------------------------------------- retention

Status SegmentLog::retire_below(uint64_t sequence) {
    Impl& m = *impl_;
    if (m.failed) return make_error(Code::unavailable, "the log has failed");
    std::vector<std::shared_ptr<Segment>> gone;
    {
        const std::unique_lock lock(m.mutex);
        while (m.segments.size() > 1 && m.segments.front()->header.sequence < sequence) {
            gone.push_back(std::move(m.segments.front()));
            m.segments.erase(m.segments.begin());
        }
    }
    if (gone.empty()) return {};
    for (const auto& segment : gone) {
        // A file that a reader still holds is not reused: it would see another life's blocks.
        const bool recycle = m.spares.size() < m.config.spare_segments_max && segment.use_count() == 1 &&
                             segment->allocated_bytes == m.config.segment_bytes;
        if (recycle) {
            const std::string spare = m.path(fmt::format("spare-{}", ++m.spare_number));
            TRY(m.files.rename(segment->path, spare));
            m.spares.push_back(spare);
            m.spare_bytes += m.config.segment_bytes;
        } else {
            TRY(m.files.remove(segment->path));
        }
        const Status removed = m.files.remove(segment->index_path());
        if (!removed.ok() && removed.error().code != Code::not_found) return removed;
    }
    return m.files.sync_dir(m.config.directory);
}

Status SegmentLog::roll() {
    Impl& m = *impl_;
    if (m.failed) return make_error(Code::unavailable, "the log has failed");
    if (m.write_at == m.open_segment().header.header_bytes) return {};  // empty
    TRY(m.close_segment(false));
    return m.begin_segment();
}

Status SegmentLog::tick() {
    Impl& m = *impl_;
    if (m.failed) return make_error(Code::unavailable, "the log has failed");
    const int64_t now_ms = m.clock.monotonic_ms();
    if (m.config.sync_policy == SyncPolicy::interval && m.unsynced && now_ms - m.last_sync_ms >= m.config.sync_interval_ms)
        TRY(m.sync_now());
    if (!m.spares.empty() && now_ms - m.last_full_roll_ms >= m.config.spare_keep_ms) m.drop_spares();
    return {};
}

JournalSize SegmentLog::size() const {
    const Impl& m = *impl_;
    const std::shared_lock lock(m.mutex);
    JournalSize out;
    out.segments = m.segments.size();
    out.allocated_bytes = m.spare_bytes;
    for (const auto& segment : m.segments) {
        out.used_bytes += segment->index.used_bytes;
        out.allocated_bytes += segment->allocated_bytes;
        if (out.oldest_ms == 0) out.oldest_ms = segment->index.oldest_ms;
    }
    return out;
}

}  // namespace belfry::journal
