#include "codec/sample_side.h"

#include "base/bytes.h"
#include "codec/histogram.h"
#include "codec/histogram_chunk.h"
#include "codec/time_column.h"

namespace belfry::codec {
namespace {

enum StartForm : uint8_t { RUNS = 0, TIMES = 1 };

Error bad(const char* what) {
    return make_error(Code::corrupt, "side columns: {}", what);
}

void encode_starts(std::span<const int64_t> starts, std::string& out) {
    size_t runs = 1;
    for (size_t i = 1; i < starts.size(); i++)
        runs += starts[i] != starts[i - 1];
    if (runs > 1 + starts.size() / 4) {  // a start of its own for nearly each: delta counters
        out.push_back(static_cast<char>(TIMES));
        encode_times(starts, out);
        return;
    }
    out.push_back(static_cast<char>(RUNS));
    uint64_t before = 0;
    for (size_t i = 0; i < starts.size();) {
        size_t run = 1;
        while (i + run < starts.size() && starts[i + run] == starts[i])
            run++;
        put_zigzag(out, static_cast<int64_t>(static_cast<uint64_t>(starts[i]) - before));
        put_varint(out, run - 1);
        before = static_cast<uint64_t>(starts[i]);
        i += run;
    }
}

Status decode_starts(std::string_view bytes, std::vector<int64_t>& starts) {
    ByteReader in(bytes);
    uint8_t form = 0;
    if (!in.le(&form) || form > TIMES) return bad("form of the start times");
    if (form == TIMES) return decode_times({in.position(), in.left()}, starts);
    uint64_t value = 0;
    for (size_t i = 0; i < starts.size();) {
        int64_t delta = 0;
        uint64_t more = 0;
        if (!in.zigzag64(&delta) || !in.varint(&more) || more >= starts.size() - i) return bad("start times");
        value += static_cast<uint64_t>(delta);
        for (const size_t end = i + more + 1; i < end; i++)
            starts[i] = static_cast<int64_t>(value);
    }
    return in.done() ? Status() : bad("bytes behind the start times");
}

}  // namespace

bool has_side(const model::SampleColumns& samples, size_t begin, size_t count) {
    if (!samples.histograms.empty()) {
        const auto from = samples.histograms.begin() + static_cast<ptrdiff_t>(begin);
        if (std::any_of(from, from + static_cast<ptrdiff_t>(count), [](const auto& h) { return h != nullptr; }))
            return true;
    }
    if (samples.start_times_ms.empty()) return false;
    const auto from = samples.start_times_ms.begin() + static_cast<ptrdiff_t>(begin);
    return std::any_of(from, from + static_cast<ptrdiff_t>(count), [](int64_t start) { return start != 0; });
}

void encode_side(const model::SampleColumns& samples, size_t begin, size_t count, std::string& out) {
    std::string starts;
    if (!samples.start_times_ms.empty()) {
        const auto column = std::span(samples.start_times_ms).subspan(begin, count);
        if (std::any_of(column.begin(), column.end(), [](int64_t start) { return start != 0; }))
            encode_starts(column, starts);
    }
    put_sized(out, starts);
    struct Piece {
        size_t begin;
        size_t count;
    };
    std::vector<Piece> pieces;
    const auto column = samples.histograms.empty() ? std::span<const HistogramPtr>()
                                                   : std::span(samples.histograms).subspan(begin, count);
    for (size_t i = 0; i < column.size(); i++) {
        if (column[i] == nullptr) continue;
        const bool joins = !pieces.empty() && pieces.back().begin + pieces.back().count == i &&
                           pieces.back().count < HISTOGRAM_CHUNK_MAX && same_layout(*column[i], *column[i - 1]);
        if (joins)
            pieces.back().count++;
        else
            pieces.push_back({i, 1});
    }
    put_varint(out, pieces.size());
    std::string bytes;
    size_t next = 0;
    for (const Piece& piece : pieces) {
        const size_t before = bytes.size();
        encode_histograms(column.subspan(piece.begin, piece.count), bytes);
        put_varint(out, piece.begin - next);
        put_varint(out, piece.count - 1);
        put_varint(out, bytes.size() - before);
        next = piece.begin + piece.count;
    }
    out.append(bytes);
}

Status decode_side(
    std::string_view bytes, size_t count, size_t low, size_t high, model::SampleColumns& out, size_t at) {
    INVARIANT(low <= high && high <= count && at + (high - low) <= out.size(), "the rows are there");
    ByteReader in(bytes);
    std::string_view starts;
    if (!in.sized(&starts)) return bad("start times cut");
    if (!starts.empty()) {
        std::vector<int64_t> column(count);
        TRY(decode_starts(starts, column));
        out.start_times_ms.resize(out.size());
        std::copy(column.begin() + static_cast<ptrdiff_t>(low), column.begin() + static_cast<ptrdiff_t>(high),
                  out.start_times_ms.begin() + static_cast<ptrdiff_t>(at));
    }
    uint64_t pieces = 0;
    if (!in.varint(&pieces) || pieces > count) return bad("pieces");
    if (pieces == 0) return in.done() ? Status() : bad("bytes behind it");
    out.histograms.resize(out.size());
    struct Piece {
        size_t begin;
        size_t count;
        size_t bytes;
    };
    std::vector<Piece> list;
    size_t next = 0;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t gap = 0;
        uint64_t more = 0;
        uint64_t size = 0;
        if (!in.varint(&gap) || !in.varint(&more) || !in.varint(&size) || gap > count || more >= HISTOGRAM_CHUNK_MAX)
            return bad("head of a piece");
        list.push_back({next + gap, more + 1, size});
        next += gap + more + 1;
        if (next > count) return bad("rows of a piece");
    }
    for (const Piece& piece : list) {
        std::string_view chunk;
        if (!in.bytes(piece.bytes, &chunk)) return bad("piece cut");
        const size_t from = std::max(low, piece.begin);
        const size_t to = std::min(high, piece.begin + piece.count);
        if (from >= to) continue;
        const size_t row = at + (from - low);
        TRY(decode_histograms(chunk, piece.count, from - piece.begin, to - piece.begin,
                              std::span<const double>(out.values).subspan(row, to - from),
                              std::span(out.histograms).subspan(row, to - from)));
    }
    return in.done() ? Status() : bad("bytes behind the pieces");
}

}  // namespace belfry::codec
