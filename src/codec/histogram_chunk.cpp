#include "codec/histogram_chunk.h"

#include "codec/chunk.h"
#include "codec/histogram.h"

namespace belfry::codec {
namespace {

using model::Histogram;

enum Form : uint8_t { EACH = 0, COLUMNS = 1 };
constexpr uint8_t NO_COUNTS = 1;
constexpr uint8_t USUAL_ZERO = 2;
constexpr size_t COLUMNS_FROM = 4;  // a column has about 4 bytes of its own

uint64_t bits(double v) {
    return std::bit_cast<uint64_t>(v);
}

/// Calls `visit(get)` for every column in the order of the format; `get(histogram)` is the value's place.
template <typename Visit>
void for_each_column(const Histogram& layout, bool with_counts, Visit&& visit) {
    visit([](auto& h) -> auto& { return h.zero_count; });
    if (with_counts) visit([](auto& h) -> auto& { return h.count; });
    for (size_t i = 0; i < layout.positive_buckets.size(); i++)
        visit([i](auto& h) -> auto& { return h.positive_buckets[i]; });
    for (size_t i = 0; i < layout.negative_buckets.size(); i++)
        visit([i](auto& h) -> auto& { return h.negative_buckets[i]; });
}

void encode_columns(std::span<const HistogramPtr> histograms, std::string& out) {
    const Histogram& first = *histograms[0];
    const bool no_counts = std::all_of(histograms.begin(), histograms.end(), [](const HistogramPtr& h) {
        return bits(sum_of_buckets(*h)) == bits(h->count);
    });
    const bool usual_zero = has_usual_zero_threshold(first);
    out.push_back(static_cast<char>((no_counts ? NO_COUNTS : 0) | (usual_zero ? USUAL_ZERO : 0)));
    put_histogram_layout(first, !usual_zero, out);
    for (size_t i = 0; i < histograms.size();) {
        size_t run = 1;
        while (i + run < histograms.size() && histograms[i + run]->reset_hint == histograms[i]->reset_hint)
            run++;
        out.push_back(static_cast<char>(histograms[i]->reset_hint));
        put_varint(out, run - 1);
        i += run;
    }
    std::string chunk;
    double values[HISTOGRAM_CHUNK_MAX];
    for_each_column(first, !no_counts, [&](auto&& get) {
        uint64_t any = 0;
        for (size_t i = 0; i < histograms.size(); i++) {
            values[i] = get(*histograms[i]);
            any |= bits(values[i]);
        }
        chunk.clear();
        if (any != 0) encode_chunk({values, histograms.size()}, chunk);
        put_sized(out, chunk);
    });
}

Error bad(const char* what) {
    return make_error(Code::corrupt, "histogram chunk: {}", what);
}

Status decode_columns(
    ByteReader in, size_t count, size_t low, std::span<const double> sums, std::span<HistogramPtr> out) {
    uint8_t flags = 0;
    if (!in.le(&flags) || flags > (NO_COUNTS | USUAL_ZERO)) return bad("flags");
    Histogram layout;
    if (!get_histogram_layout(in, (flags & USUAL_ZERO) == 0, layout)) return bad("layout");
    if (layout.bucket_count() > in.left()) return bad("columns");  // each has its size
    std::vector<std::shared_ptr<Histogram>> made;
    made.reserve(out.size());
    for (size_t i = 0; i < out.size(); i++) {
        made.push_back(std::make_shared<Histogram>(layout));
        made.back()->sum = sums[i];
    }
    for (size_t i = 0; i < count;) {
        uint8_t hint = 0;
        uint64_t more = 0;
        if (!in.le(&hint) || hint > static_cast<uint8_t>(Histogram::ResetHint::gauge) || !in.varint(&more) ||
            more >= count - i)
            return bad("reset hints");
        for (const size_t end = i + more + 1; i < end; i++)
            if (i >= low && i < low + made.size()) made[i - low]->reset_hint = static_cast<Histogram::ResetHint>(hint);
    }
    Status done;
    double values[HISTOGRAM_CHUNK_MAX];
    for_each_column(layout, (flags & NO_COUNTS) == 0, [&](auto&& get) {
        std::string_view chunk;
        if (!done) return;
        if (!in.sized(&chunk)) {
            done = bad("column cut");
            return;
        }
        if (chunk.empty()) return;  // all zero, as they were made
        done = decode_chunk(chunk, {values, count});
        if (!done) return;
        for (size_t i = 0; i < made.size(); i++)
            get(*made[i]) = values[low + i];
    });
    TRY(std::move(done));
    if (!in.done()) return bad("bytes behind it");
    for (size_t i = 0; i < made.size(); i++) {
        if ((flags & NO_COUNTS) != 0) made[i]->count = sum_of_buckets(*made[i]);
        out[i] = std::move(made[i]);
    }
    return {};
}

Status decode_each(ByteReader in, size_t count, size_t low, std::span<const double> sums, std::span<HistogramPtr> out) {
    for (size_t i = 0; i < count; i++) {
        auto histogram = std::make_shared<Histogram>();
        if (!get_histogram(in, *histogram)) return bad("histogram cut");
        if (i < low || i >= low + out.size()) continue;
        histogram->sum = sums[i - low];
        out[i - low] = std::move(histogram);
    }
    return in.done() ? Status() : bad("bytes behind it");
}

}  // namespace

void encode_histograms(std::span<const HistogramPtr> histograms, std::string& out) {
    INVARIANT(!histograms.empty() && histograms.size() <= HISTOGRAM_CHUNK_MAX, "a chunk has its limit");
    if (histograms.size() >= COLUMNS_FROM) {
        out.push_back(static_cast<char>(COLUMNS));
        encode_columns(histograms, out);
        return;
    }
    out.push_back(static_cast<char>(EACH));
    for (const HistogramPtr& histogram : histograms)
        put_histogram(*histogram, out);
}

Status decode_histograms(std::string_view bytes,
                         size_t count,
                         size_t low,
                         size_t high,
                         std::span<const double> sums,
                         std::span<HistogramPtr> out) {
    if (count == 0 || count > HISTOGRAM_CHUNK_MAX) return bad("count");
    INVARIANT(low <= high && high <= count && sums.size() == high - low && out.size() == high - low,
              "a part of the chunk");
    ByteReader in(bytes);
    uint8_t form = 0;
    if (!in.le(&form) || form > COLUMNS) return bad("form");
    return form == EACH ? decode_each(in, count, low, sums, out) : decode_columns(in, count, low, sums, out);
}

}  // namespace belfry::codec
