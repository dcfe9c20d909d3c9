#include "store/metric/manifest.h"

#include "base/bytes.h"
#include "base/hash.h"

// "BFYMAN02" | covered offset | next seq | next head id
// | files, count x (sized name, kind u8, seq, zigzag first day, zigzag last day, zigzag min, zigzag max, series, samples, bytes,
//   resolution, u64 rules)
// | tombstones, count x (below seq, sized tenant, matchers, count x (op u8, sized name, sized value),
//   zigzag from, zigzag to) | u32 crc32c of all before
// Version 01 is read, too: without resolution and rules of files and without the ranges of tombstones.

namespace belfry::store {
namespace {

constexpr std::string_view MAGIC = "BFYMAN02";
constexpr std::string_view MAGIC_01 = "BFYMAN01";
constexpr std::string_view NAME = "manifest";
constexpr uint64_t RESOLUTION_MS_MAX = 86'400'000;
constexpr uint64_t BYTES_MAX = 64ULL << 20;  // a file takes about 60 bytes

}  // namespace

std::string Manifest::encode() const {
    std::string out(MAGIC);
    put_varint(out, covered_offset);
    put_varint(out, next_seq);
    put_varint(out, next_head_id);
    put_varint(out, files.size());
    for (const FileEntry& f : files) {
        put_sized(out, f.name);
        out.push_back(static_cast<char>(f.kind));
        put_varint(out, f.seq);
        put_zigzag(out, f.first_day);
        put_zigzag(out, f.last_day);
        put_zigzag(out, f.min_ms);
        put_zigzag(out, f.max_ms);
        put_varint(out, f.series);
        put_varint(out, f.samples);
        put_varint(out, f.bytes);
        put_varint(out, static_cast<uint64_t>(f.resolution_ms));
        put_le(out, f.rules);
    }
    put_varint(out, tombstones.size());
    for (const Tombstone& t : tombstones) {
        put_varint(out, t.below_seq);
        put_sized(out, t.what.tenant);
        put_varint(out, t.what.matchers.size());
        for (const model::Matcher& m : t.what.matchers) {
            out.push_back(static_cast<char>(m.op()));
            put_sized(out, m.name());
            put_sized(out, m.value());
        }
        put_zigzag(out, t.what.range.from_ms);
        put_zigzag(out, t.what.range.to_ms);
    }
    put_le(out, crc32c(out));
    return out;
}

void Manifest::add_tombstone(const model::MetricDeletion& what) {
    std::erase_if(tombstones, [&](const Tombstone& t) { return t.what == what; });
    tombstones.push_back({next_seq, what});
}

void Manifest::drop_spent_tombstones() {
    std::erase_if(tombstones, [&](const Tombstone& t) {
        return std::none_of(files.begin(), files.end(), [&](const FileEntry& f) { 
            return f.kind != MetricFileKind::series && f.seq < t.below_seq && f.min_ms < t.what.range.to_ms &&
                   f.max_ms >= t.what.range.from_ms;
        });
    });
}

Result<Manifest> Manifest::decode(std::string_view bytes) {
    const Error bad = make_error(Code::corrupt, "bad manifest");
    const bool is_01 = bytes.starts_with(MAGIC_01);
    if (bytes.size() < MAGIC.size() + 4 || (!is_01 && !bytes.starts_with(MAGIC))) return bad;
    const std::string_view body = bytes.substr(0, bytes.size() - 4);
    if (crc32c(body) != get_le<uint32_t>(bytes.data() + body.size())) return bad;
    ByteReader in(body.substr(MAGIC.size()));
    Manifest m;
    uint64_t count = 0;
    if (!in.varint(&m.covered_offset) || !in.varint(&m.next_seq) || !in.varint(&m.next_head_id) || !in.varint(&count)) return bad;
    for (uint64_t i = 0; i < count; i++) {
        FileEntry f;
        std::string_view name;
        uint8_t kind = 0;
        int64_t first_day = 0;
        int64_t last_day = 0;
        if (!in.sized(&name) || !in.le(&kind) || !in.varint(&f.seq) || !in.zigzag64(&first_day) || !in.zigzag64(&last_day) ||
            !in.zigzag64(&f.min_ms) || !in.zigzag64(&f.max_ms) || !in.varint(&f.series) || !in.varint(&f.samples) ||
            !in.varint(&f.bytes) || kind > static_cast<uint8_t>(MetricFileKind::records) || first_day > last_day ||
            first_day != static_cast<int32_t>(first_day) || last_day != static_cast<int32_t>(last_day)) {
            return bad;
        }
        uint64_t resolution = 0;
        if (!is_01 && (!in.varint(&resolution) || resolution > RESOLUTION_MS_MAX || !in.le(&f.rules))) return bad;
        f.resolution_ms = static_cast<int64_t>(resolution);
        f.name = name;
        f.kind = static_cast<MetricFileKind>(kind);
        f.first_day = static_cast<int32_t>(first_day);
        f.last_day = static_cast<int32_t>(last_day);
        if (f.name.empty() || f.name.find('/') != std::string::npos) return bad;
        m.files.push_back(std::move(f));
    }
    uint64_t tombstones = 0;
    if (!in.varint(&tombstones)) return bad;
    for (uint64_t i = 0; i < tombstones; i++) {
        Tombstone t;
        std::string_view tenant;
        uint64_t matchers = 0;
        if (!in.varint(&t.below_seq) || !in.sized(&tenant) || !in.varint(&matchers) || matchers == 0) return bad;
        t.what.tenant = tenant;
        for (uint64_t k = 0; k < matchers; k++) {
            uint8_t op = 0;
            std::string_view name;
            std::string_view value;
            if (!in.le(&op) || op > static_cast<uint8_t>(model::Matcher::Op::not_regex) || !in.sized(&name) || !in.sized(&value)) return bad;
            t.what.matchers.push_back(TRY(model::Matcher::make(static_cast<model::Matcher::Op>(op), std::string(name), std::string(value))));
        }
        if (!is_01 && (!in.zigzag64(&t.what.range.from_ms) || !in.zigzag64(&t.what.range.to_ms) ||
                       t.what.range.from_ms >= t.what.range.to_ms)) {
            return bad;
        }
        m.tombstones.push_back(std::move(t));
    }
    if (!in.done()) return bad;
    return m;
}

Result<Manifest> Manifest::load(FileSystem& files, const std::string& directory) {
    const std::string path = directory + "/" + std::string(NAME);
    if (!files.exists(path)) return Manifest();
    auto bytes = TRY(read_file(files, path, BYTES_MAX));
    return decode(bytes).context("{}", path);
}

Status Manifest::store(FileSystem& file_system, const std::string& directory) const {
    return write_file_atomically(file_system, directory + "/" + std::string(NAME), encode());
}

}  // namespace belfry::store
