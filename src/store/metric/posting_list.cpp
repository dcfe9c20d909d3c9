#include "store/metric/posting_list.h"

#include "base/bytes.h"

namespace belfry::store {
namespace {

enum Form : uint8_t { DELTAS = 0, RUNS = 1 };

size_t run_at(std::span<const uint32_t> ids, size_t begin) {
    size_t end = begin + 1;
    while (end < ids.size() && ids[end] == ids[end - 1] + 1) end++;
    return end - begin;
}

}  // namespace

size_t posting_piece_size(std::span<const uint32_t> ids) {
    size_t cost = 0;
    size_t at = 0;
    while (at < ids.size() && cost < POSTING_PIECE_IDS_MAX) {
        const size_t run = run_at(ids, at);
        const size_t take = run >= 4 ? run : 1;
        cost += run >= 4 ? 4 : 1;
        at += take;
    }
    return at;
}

void encode_posting_piece(std::span<const uint32_t> ids, std::string& out) {
    std::string deltas;
    std::string runs;
    for (size_t i = 1; i < ids.size(); i++) put_varint(deltas, ids[i] - ids[i - 1] - 1);
    for (size_t at = 0; at < ids.size();) {
        const size_t run = run_at(ids, at);
        if (at > 0) put_varint(runs, ids[at] - ids[at - 1] - 2);
        put_varint(runs, run - 1);
        at += run;
    }
    const bool as_runs = runs.size() < deltas.size();
    put_varint(out, ids.size());
    out.push_back(static_cast<char>(as_runs ? RUNS : DELTAS));
    put_varint(out, ids.front());
    out += as_runs ? runs : deltas;
}

Status decode_posting_piece(std::string_view piece, uint32_t bound, Ids& out) {
    const auto bad = [] { return make_error(Code::corrupt, "bad posting list"); };
    ByteReader in(piece);
    uint64_t count = 0;
    uint8_t form = 0;
    uint64_t id = 0;
    if (!in.varint(&count) || !in.le(&form) || !in.varint(&id) || count == 0 || count > bound || id >= bound) return bad();
    const size_t end = out.size() + count;
    if (form == DELTAS) {
        out.push_back(static_cast<uint32_t>(id));
        while (out.size() < end) {
            uint64_t delta = 0;
            if (!in.varint(&delta) || delta >= bound || (id += delta + 1) >= bound) return bad();
            out.push_back(static_cast<uint32_t>(id));
        }
    } else if (form == RUNS) {
        for (bool first = true; out.size() < end; first = false) {
            uint64_t gap = 0;
            uint64_t length = 0;
            if (!first) {
                if (!in.varint(&gap) || gap >= bound) return bad();
                id = out.back() + gap + 2;
            }
            if (!in.varint(&length) || length >= end - out.size() || id >= bound || length >= bound - id) return bad();
            for (uint64_t k = 0; k <= length; k++) out.push_back(static_cast<uint32_t>(id + k));
        }
    } else {
        return bad();
    }
    return in.done() ? Status() : Status(bad());
}

}  // namespace belfry::store
