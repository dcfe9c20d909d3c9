#include "store/metric/part_meta.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "store/metric/format.h"

// u32 crc32c of what follows | version | kind u8 | seq | zigzag min | zigzag max | series | samples | resolution | tombstones
// | names, count x (sized name, values) | schemas, count x (names, names x name number)

namespace belfry::store {

std::string_view to_string(MetricFileKind kind) {
    switch (kind) {
        case MetricFileKind::seal: return "seal";
        case MetricFileKind::part: return "part";
        case MetricFileKind::late: return "late";
        case MetricFileKind::series: return "series";
        case MetricFileKind::records: return "records";
    }
    return "unknown";
}

std::string PartMeta::encode() const {
    std::string out(4, '\0');
    put_varint(out, FORMAT_VERSION);
    out.push_back(static_cast<char>(kind));
    put_varint(out, seq);
    put_zigzag(out, min_ms);
    put_zigzag(out, max_ms);
    put_varint(out, series);
    put_varint(out, samples);
    put_varint(out, resolution_ms);
    put_varint(out, tombstones);
    put_varint(out, names.size());
    for (const Name& name : names) {
        put_sized(out, name.name);
        put_varint(out, name.values);
    }
    put_varint(out, schemas.size());
    for (const auto& schema : schemas) {
        put_varint(out, schema.size());
        for (const uint32_t name : schema) put_varint(out, name);
    }
    set_le(out.data(), crc32c(std::string_view(out).substr(4)));
    return out;
}

Result<PartMeta> PartMeta::decode(std::string_view bytes) {
    const Error bad = make_error(Code::corrupt, "bad meta record");
    ByteReader in(bytes);
    uint32_t crc = 0;
    if (!in.le(&crc) || crc32c(bytes.substr(4)) != crc) return bad;
    PartMeta meta;
    uint64_t version = 0;
    uint8_t kind = 0;
    if (!in.varint(&version)) return bad;
    if (version != FORMAT_VERSION) return make_error(Code::corrupt, "format version {} is not known here", version);
    if (!in.le(&kind) || kind > static_cast<uint8_t>(MetricFileKind::records)) return bad;
    meta.kind = static_cast<MetricFileKind>(kind);
    uint64_t count = 0;
    if (!in.varint(&meta.seq) || !in.zigzag64(&meta.min_ms) || !in.zigzag64(&meta.max_ms) || !in.varint(&meta.series) ||
        !in.varint(&meta.samples) || !in.varint(&meta.resolution_ms) || !in.varint(&meta.tombstones) || !in.varint(&count)) {
        return bad;
    }
    uint64_t symbols = 0;
    for (uint64_t i = 0; i < count; i++) {
        std::string_view name;
        uint64_t values = 0;
        if (!in.sized(&name) || !in.varint(&values) || values > std::numeric_limits<uint32_t>::max()) return bad;
        symbols += values + 1;
        if (symbols > std::numeric_limits<uint32_t>::max()) return bad;
        if (!meta.names.empty() && meta.names.back().name >= name) return bad;
        meta.names.push_back({std::string(name), static_cast<uint32_t>(values)});
    }
    if (!in.varint(&count)) return bad;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t size = 0;
        if (!in.varint(&size) || size > meta.names.size()) return bad;
        std::vector<uint32_t> schema;
        for (uint64_t k = 0; k < size; k++) {
            uint64_t name = 0;
            if (!in.varint(&name) || name >= meta.names.size() || (k > 0 && name <= schema.back())) return bad;
            schema.push_back(static_cast<uint32_t>(name));
        }
        meta.schemas.push_back(std::move(schema));
    }
    if (!in.done()) return bad;
    return meta;
}

}  // namespace belfry::store
