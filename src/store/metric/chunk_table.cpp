#include "store/metric/chunk_table.h"

#include "base/bytes.h"
#include "codec/chunk.h"
#include "codec/sample_side.h"
#include "codec/time_column.h"
#include "store/metric/merge.h"
#include "store/metric/record_chunk.h"

namespace belfry::store {
namespace {

constexpr size_t SAMPLES_WANTED = 2048;  // a longer chunk is not smaller, but makes short queries decode more
constexpr size_t SAMPLES_MAX = 4096;     // at 9 bytes a sample, the worst case, a chunk stays below 65,535 bytes
constexpr uint64_t COLUMN_SAMPLES_MAX = codec::CHUNK_SAMPLES_MAX;
constexpr size_t SLAB_PAGES = 4;
constexpr size_t SLAB_RECORDS_MAX = 256;
constexpr size_t TCOL_PAGES = 2;

constexpr int64_t MINUTE = 60'000;
constexpr int64_t WINDOWS_MS[] = {MINUTE,           2 * MINUTE,       4 * MINUTE,        8 * MINUTE,         15 * MINUTE,
                                  30 * MINUTE,      60 * MINUTE,      2 * 60 * MINUTE,   4 * 60 * MINUTE,    8 * 60 * MINUTE,
                                  24 * 60 * MINUTE, 48 * 60 * MINUTE, 96 * 60 * MINUTE, 192 * 60 * MINUTE, 384 * 60 * MINUTE};

// The longest window in which the series has about SAMPLES_WANTED samples.
int64_t window_of(std::span<const int64_t> times) {
    const double span = static_cast<double>(times.back()) - static_cast<double>(times.front());
    const double per_ms = static_cast<double>(times.size()) / std::max(1.0, span);
    int64_t best = WINDOWS_MS[0];
    for (const int64_t w : WINDOWS_MS) {
        if (per_ms * static_cast<double>(w) <= static_cast<double>(SAMPLES_WANTED) * 1.02) best = w;
    }
    return best;
}

/// A chunk is encoded in pieces of about PIECE_SAMPLES, so that a query for its end need not decode all of it. Three pieces of
/// 480 cost 1.5 % more bytes than one chunk of 1,440.
constexpr size_t PIECE_SAMPLES = 512;
struct Pieces {
    size_t samples;
    size_t count;
    explicit Pieces(size_t n) : samples(n), count((n + PIECE_SAMPLES - 1) / PIECE_SAMPLES) {}
    [[nodiscard]] size_t begin(size_t p) const { return samples * p / count; }
    [[nodiscard]] size_t size(size_t p) const { return begin(p + 1) - begin(p); }
};

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

ChunkWriter::ChunkWriter(kv::Builder& builder)
    : slab_(builder, SLAB, BlockWriter::Kind::by_id, SLAB_PAGES, SLAB_RECORDS_MAX),
      tcol_(builder, TCOL, BlockWriter::Kind::dense, TCOL_PAGES, 1024) {}

Status ChunkWriter::add(uint32_t id, bool late, const model::SampleColumns& samples) {
    const std::span<const int64_t> times(samples.times_ms);
    if (times.empty()) return {};
    if (times.size() <= SAMPLES_WANTED) return add_chunk(id, late, samples, 0, times.size());
    const int64_t window = window_of(times);
    for (size_t begin = 0; begin < times.size();) {
        const int64_t number = floor_div(times[begin], window);
        // the window's end may lie outside int64 for times at the very end
        size_t end = begin + 1;
        while (end < times.size() && end - begin < SAMPLES_MAX && floor_div(times[end], window) == number) end++;
        TRY(add_chunk(id, late, samples, begin, end - begin));
        begin = end;
    }
    return {};
}

Status ChunkWriter::add_chunk(uint32_t id, bool late, const model::SampleColumns& samples, size_t begin, size_t count) {
    const auto times = std::span<const int64_t>(samples.times_ms).subspan(begin, count);
    const auto values = std::span<const double>(samples.values).subspan(begin, count);
    const bool side = codec::has_side(samples, begin, count);
    const uint32_t column = TRY(column_of(times));
    const Pieces pieces(values.size());
    codec::ChunkSummary summary;
    scratch_.clear();
    piece_ends_.clear();
    for (size_t p = 0; p < pieces.count; p++) {
        const codec::ChunkSummary part = codec::encode_chunk(values.subspan(pieces.begin(p), pieces.size(p)), scratch_);
        if (p == 0) summary = part;
        else summary.append(part);
        piece_ends_.push_back(scratch_.size());
    }
    record_.clear();
    record_.push_back(static_cast<char>((side ? CHUNK_SIDE : CHUNK_FLOAT) | (late ? CHUNK_LATE : 0)));
    put_varint(record_, column);
    if (side) {
        side_.clear();
        codec::encode_side(samples, begin, count, side_);
        put_sized(record_, side_);
    }
    codec::encode_summary(summary, record_);
    for (size_t p = 0; p + 1 < pieces.count; p++) put_varint(record_, piece_ends_[p] - (p == 0 ? 0 : piece_ends_[p - 1]));
    record_.append(scratch_);
    TRY(slab_.add(id, record_));
    totals_.samples += times.size();
    totals_.chunks++;
    totals_.min_ms = std::min(totals_.min_ms, times.front());
    totals_.max_ms = std::max(totals_.max_ms, times.back());
    return {};
}

Status ChunkWriter::add_records(uint32_t id, std::span<const model::SampleRecord> records) {
    std::vector<int64_t> ends;
    while (!records.empty()) {
        const auto chunk = records.first(std::min(records.size(), RECORDS_PER_CHUNK_MAX));
        records = records.subspan(chunk.size());
        ends.clear();
        for (const model::SampleRecord& r : chunk) ends.push_back(r.end_ms);
        const uint32_t column = TRY(column_of(ends));
        record_.clear();
        record_.push_back(static_cast<char>(CHUNK_RECORDS));
        put_varint(record_, column);
        encode_records(chunk, record_);
        TRY(slab_.add(id, record_));
        totals_.samples += chunk.size();
        totals_.chunks++;
        totals_.min_ms = std::min(totals_.min_ms, ends.front() - chunk.front().span_ms + 1);
        totals_.max_ms = std::max(totals_.max_ms, ends.back());
    }
    return {};
}

Result<uint32_t> ChunkWriter::column_of(std::span<const int64_t> times) {
    const auto [it, is_new] = columns_.try_emplace(codec::hash_times(times), static_cast<uint32_t>(totals_.columns));
    if (is_new) {
        totals_.columns++;
        record_.clear();
        put_varint(record_, times.size());
        put_zigzag(record_, times.front());
        put_varint(record_, static_cast<uint64_t>(times.back()) - static_cast<uint64_t>(times.front()));
        codec::encode_times(times, record_);
        TRY(tcol_.add(record_));
    }
    return it->second;
}

Status ChunkWriter::finish() {
    TRY(slab_.finish());
    return tcol_.finish();
}

// ---------------------------------------------------------------- reader

ChunkReader::ChunkReader(const kv::ReadFile& file, uint64_t file_number, ColumnCache& cache)
    : file_(file), file_number_(file_number), cache_(cache), slab_(file, SLAB), tcol_(file, TCOL) {}

Result<ChunkReader::ColumnHead> ChunkReader::column_head(uint32_t column) {
    const std::string_view record = TRY(tcol_.record(column));
    ByteReader in(record);
    ColumnHead head;
    uint64_t span = 0;
    if (!in.varint(&head.count) || !in.zigzag64(&head.first) || !in.varint(&span) || head.count == 0 ||
        head.count > COLUMN_SAMPLES_MAX) {
        return make_error(Code::corrupt, "{}: bad time column {}", file_.path(), column);
    }
    head.last = static_cast<int64_t>(static_cast<uint64_t>(head.first) + span);
    head.times = {in.position(), in.left()};
    return head;
}

Result<TimeColumn> ChunkReader::column(uint32_t column, model::TimeRange range) {
    if (TimeColumn known = cache_.find(file_number_, column)) {
        if (known->front() >= range.to_ms || known->back() < range.from_ms) return TimeColumn();
        return known;
    }
    const ColumnHead head = TRY(column_head(column));
    if (head.first >= range.to_ms || head.last < range.from_ms) return TimeColumn();
    auto times = std::make_shared<std::vector<int64_t>>(head.count);
    TRY(codec::decode_times(head.times, *times).context("{}: time column {}", file_.path(), column));
    // Readers search in it, so it must ascend, whatever the file says.
    if (times->front() != head.first || times->back() != head.last ||
        std::adjacent_find(times->begin(), times->end(), std::greater_equal<>()) != times->end()) {
        return make_error(Code::corrupt, "{}: time column {} does not ascend", file_.path(), column);
    }
    cache_.keep(file_number_, column, times);
    return TimeColumn(std::move(times));
}

Result<ChunkReader::ChunkHead> ChunkReader::chunk_head(uint32_t id, ByteReader& in) const {
    uint8_t kind = 0;
    uint64_t column = 0;
    if (!in.le(&kind) || !in.varint(&column) || column > std::numeric_limits<uint32_t>::max()) {
        return make_error(Code::corrupt, "{}: bad chunk of series {}", file_.path(), id);
    }
    ChunkHead head{(kind & CHUNK_LATE) != 0, static_cast<uint32_t>(column), {}};
    if ((kind & CHUNK_KIND_MASK) > CHUNK_SIDE) {
        return make_error(Code::corrupt, "{}: unknown kind {} of a chunk", file_.path(), kind);
    }
    if ((kind & CHUNK_KIND_MASK) == CHUNK_SIDE && !in.sized(&head.side)) {
        return make_error(Code::corrupt, "{}: bad side columns of series {}", file_.path(), id);
    }
    return head;
}

Status ChunkReader::read(uint32_t id, model::TimeRange range, model::SampleColumns& out, model::SampleColumns& newer,
                         ReadCounts& counts) {
    records_.clear();
    TRY(slab_.records(id, records_));
    for (const std::string_view record : records_) {
        ByteReader in(record);
        const ChunkHead head = TRY(chunk_head(id, in));
        const TimeColumn times = TRY(column(head.column, range));
        if (!times) continue;
        auto summary = codec::decode_summary(in);
        if (!summary) return std::move(summary).error().context("{}: series {}", file_.path(), id);
        const size_t count = times->size();
        const auto low = static_cast<size_t>(std::lower_bound(times->begin(), times->end(), range.from_ms) - times->begin());
        const auto high = static_cast<size_t>(std::lower_bound(times->begin(), times->end(), range.to_ms) - times->begin());
        if (low >= high) continue;
        counts.bytes += record.size();

        model::SampleColumns& target = head.late ? newer : out;
        // Chunks of a layer follow each other; a file that says otherwise is merged.
        model::SampleColumns aside;
        const bool follows = target.empty() || (*times)[low] > target.times_ms.back();
        model::SampleColumns& layer = follows ? target : aside;
        const size_t at = layer.size();
        layer.times_ms.insert(layer.times_ms.end(), times->begin() + static_cast<ptrdiff_t>(low), times->begin() + static_cast<ptrdiff_t>(high));
        layer.values.resize(at + (high - low));
        TRY(read_values(in, count, low, high, std::span(layer.values).subspan(at), counts).context("{}: series {}", file_.path(), id));
        if (!head.side.empty()) TRY(codec::decode_side(head.side, count, low, high, layer, at).context("{}: series {}", file_.path(), id));
        fit_side(layer);
        if (!follows) overlay(target, aside);
    }
    return {};
}

Status ChunkReader::read_records(uint32_t id, int64_t span_ms, model::TimeRange range, model::SampleRecords& out, ReadCounts& counts) {
    records_.clear();
    TRY(slab_.records(id, records_));
    for (const std::string_view record : records_) {
        ByteReader in(record);
        uint8_t kind = 0;
        uint64_t number = 0;
        if (!in.le(&kind) || kind != CHUNK_RECORDS || !in.varint(&number) || number > std::numeric_limits<uint32_t>::max()) {
            return make_error(Code::corrupt, "{}: bad records of series {}", file_.path(), id);
        }
        const TimeColumn ends = TRY(column(static_cast<uint32_t>(number), model::ALL_TIMES));
        if (ends->back() < range.from_ms || ends->front() - span_ms >= range.to_ms) continue;
        counts.bytes += record.size();
        counts.samples += ends->size();
        const size_t begin = out.size();
        TRY(decode_records({in.position(), in.left()}, *ends, span_ms, out).context("{}: series {}", file_.path(), id));
        const auto outside = [&](const model::SampleRecord& r) { return r.end_ms < range.from_ms || r.end_ms - span_ms + 1 >= range.to_ms; };
        out.erase(std::remove_if(out.begin() + static_cast<ptrdiff_t>(begin), out.end(), outside), out.end());
    }
    return {};
}

Result<bool> ChunkReader::read_newest(uint32_t id, model::TimeRange range, bool with_value, model::SampleColumns& out,
                                      ReadCounts& counts) {
    records_.clear();
    TRY(slab_.records(id, records_));
    // Of the chunk that has it: late chunks win over others, later ones over earlier ones.
    TimeColumn found;
    ByteReader rest{{}};
    ChunkHead found_head;
    int64_t found_ms = 0;
    size_t place = 0;
    size_t bytes = 0;
    for (const std::string_view record : records_) {
        ByteReader in(record);
        const ChunkHead head = TRY(chunk_head(id, in));
        TimeColumn times = TRY(column(head.column, range));
        if (!times) continue;
        const auto end = std::lower_bound(times->begin(), times->end(), range.to_ms);
        if (end == times->begin() || *(end - 1) < range.from_ms) continue;
        const int64_t time_ms = *(end - 1);
        if (found && (time_ms < found_ms || (time_ms == found_ms && found_head.late && !head.late))) continue;
        found_ms = time_ms;
        place = static_cast<size_t>(end - times->begin()) - 1;
        found = std::move(times);
        found_head = head;
        rest = in;
        bytes = record.size();
    }
    if (!found) return false;
    counts.bytes += bytes;
    auto summary = codec::decode_summary(rest);
    if (!summary) return std::move(summary).error().context("{}: series {}", file_.path(), id);
    out.clear();
    out.times_ms.assign(1, found_ms);
    out.values.assign(1, 0);
    if (!with_value && summary->stale == 0) return true;
    const size_t count = found->size();
    TRY(read_values(rest, count, place, place + 1, out.values, counts).context("{}: series {}", file_.path(), id));
    if (with_value && !found_head.side.empty())
        TRY(codec::decode_side(found_head.side, count, place, place + 1, out, 0).context("{}: series {}", file_.path(), id));
    return true;
}

// The values [low, high) of a chunk of `count`: decodes the pieces that hold them.
Status ChunkReader::read_values(ByteReader in, size_t count, size_t low, size_t high, std::span<double> out, ReadCounts& counts) {
    const Pieces pieces(count);
    size_t sizes[SAMPLES_MAX / PIECE_SAMPLES * 4];
    if (pieces.count > std::size(sizes)) return make_error(Code::corrupt, "a chunk of {} samples", count);
    for (size_t p = 0; p + 1 < pieces.count; p++) {
        uint64_t size = 0;
        if (!in.varint(&size) || size > in.left()) return make_error(Code::corrupt, "bad pieces of a chunk");
        sizes[p] = size;
    }
    for (size_t p = 0; p < pieces.count && pieces.begin(p) < high; p++) {
        const bool is_last = p + 1 == pieces.count;
        std::string_view bytes;
        if (!in.bytes(is_last ? in.left() : sizes[p], &bytes)) return make_error(Code::corrupt, "bad pieces of a chunk");
        const size_t begin = pieces.begin(p);
        const size_t size = pieces.size(p);
        if (begin + size <= low) continue;
        counts.samples += size;
        if (begin >= low && begin + size <= high) {
            TRY(codec::decode_chunk(bytes, out.subspan(begin - low, size)));
            continue;
        }
        double scratch[PIECE_SAMPLES];
        TRY(codec::decode_chunk(bytes, std::span(scratch, size)));
        const size_t from = std::max(begin, low);
        const size_t to = std::min(begin + size, high);
        std::copy(scratch + (from - begin), scratch + (to - begin), out.begin() + static_cast<ptrdiff_t>(from - low));
    }
    return {};
}

Result<TimeColumn> ChunkReader::all_times(uint32_t number) {
    auto times = TRY(column(number, {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}));
    if (!times) return make_error(Code::corrupt, "{}: bad time column {}", file_.path(), number);
    return times;
}

}  // namespace belfry::store
