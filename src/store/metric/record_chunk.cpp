#include "store/metric/record_chunk.h"

#include "base/bytes.h"
#include "codec/chunk.h"

namespace belfry::store {
namespace {

enum Column : size_t { COUNT, SUM, FIRST, LAST, MIN, MAX, FIRST_AGO, LAST_AGO, LOST, GONE, COLUMNS };

// What a column of no bytes is the same as; COLUMNS: zeros.
constexpr Column TWIN[COLUMNS] = {COUNT, SUM, FIRST, LAST, FIRST, LAST, FIRST_AGO, LAST_AGO, COLUMNS, COLUMNS};

double ago(const model::SampleRecord& r, int64_t time_ms) {
    return static_cast<double>(r.end_ms - time_ms);
}

double value_of(const model::SampleRecord& r, size_t column) {
    switch (column) {
        case COUNT: return r.count;
        case SUM: return r.sum;
        case FIRST: return r.first;
        case LAST: return r.last;
        case MIN: return r.min;
        case MAX: return r.max;
        case FIRST_AGO: return r.count > 0 ? ago(r, r.first_ms) : 0;
        case LAST_AGO: return r.count > 0 ? ago(r, r.last_ms) : 0;
        case LOST: return r.lost;
        default: return r.gone_ms == 0 ? 0 : ago(r, r.gone_ms) + 1;
    }
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

void encode_records(std::span<const model::SampleRecord> records, std::string& out) {
    INVARIANT(!records.empty() && records.size() <= RECORDS_PER_CHUNK_MAX, "a chunk holds some records");
    std::vector<double> columns[COLUMNS];
    const std::vector<double> zeros(records.size());
    std::string bytes;
    for (size_t c = 0; c < COLUMNS; c++) {
        for (const model::SampleRecord& r : records)
            columns[c].push_back(value_of(r, c));
        const size_t begin = bytes.size();
        const bool has_twin = TWIN[c] != c;
        if (!has_twin || !same(columns[c], TWIN[c] == COLUMNS ? zeros : columns[TWIN[c]]))
            codec::encode_chunk(columns[c], bytes);
        put_varint(out, bytes.size() - begin);
    }
    out += bytes;
}

Status decode_records(std::string_view bytes,
                      std::span<const int64_t> ends_ms,
                      int64_t span_ms,
                      model::SampleRecords& out) {
    const Error bad = make_error(Code::corrupt, "bad records");
    ByteReader in(bytes);
    if (ends_ms.empty() || ends_ms.size() > RECORDS_PER_CHUNK_MAX) return bad;
    uint64_t sizes[COLUMNS];
    for (uint64_t& size : sizes) {
        if (!in.varint(&size) || size > bytes.size()) return bad;
    }
    std::vector<double> columns[COLUMNS];
    for (size_t c = 0; c < COLUMNS; c++) {
        std::string_view part;
        if (!in.bytes(sizes[c], &part)) return bad;
        if (sizes[c] == 0 && TWIN[c] == c) return bad;
        if (sizes[c] == 0 && TWIN[c] != COLUMNS) {
            columns[c] = columns[TWIN[c]];
            continue;
        }
        columns[c].resize(ends_ms.size());
        if (sizes[c] != 0) TRY(codec::decode_chunk(part, columns[c]));
    }
    if (!in.done()) return bad;
    const auto time = [&](size_t i, double ago_ms) -> std::optional<int64_t> {
        if (!(ago_ms >= 0 && ago_ms < static_cast<double>(span_ms))) return std::nullopt;
        return ends_ms[i] - static_cast<int64_t>(ago_ms);
    };
    for (size_t i = 0; i < ends_ms.size(); i++) {
        const auto first_ms = time(i, columns[FIRST_AGO][i]);
        const auto last_ms = time(i, columns[LAST_AGO][i]);
        const double gone = columns[GONE][i];
        const auto gone_ms = gone == 0 ? std::optional<int64_t>(0) : time(i, gone - 1);
        if (!first_ms || !last_ms || !gone_ms || *first_ms > *last_ms || !(columns[COUNT][i] >= 0)) return bad;
        const bool has_samples = columns[COUNT][i] > 0;
        out.push_back({.end_ms = ends_ms[i],
                       .span_ms = span_ms,
                       .count = columns[COUNT][i],
                       .sum = columns[SUM][i],
                       .min = columns[MIN][i],
                       .max = columns[MAX][i],
                       .first = columns[FIRST][i],
                       .last = columns[LAST][i],
                       .first_ms = has_samples ? *first_ms : 0,
                       .last_ms = has_samples ? *last_ms : 0,
                       .lost = columns[LOST][i],
                       .gone_ms = *gone_ms});
    }
    return {};
}

}  // namespace belfry::store
