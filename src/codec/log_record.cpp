#include "codec/log_record.h"

#include "codec/compress.h"
#include "codec/protobuf.h"

namespace belfry::codec {
namespace {

constexpr uint8_t FORMAT = 1;
constexpr uint8_t PLAIN = 0;
constexpr uint8_t ZSTD = 1;
constexpr DecompressLimits LIMITS{.bytes_max = 256ULL << 20, .ratio_max = 10'000};

std::string text_value(std::string_view text) {
    std::string out;
    ProtoWriter(out).bytes(1, text);
    return out;
}

std::string encode_logs_data(const model::LogBatch& batch) {
    std::string out;
    for (const model::LogStream& stream : batch.streams) {
        std::string resource;
        for (const auto& [name, value] : stream.attributes) {
            std::string pair;
            ProtoWriter writer(pair);
            writer.bytes(1, name);
            writer.bytes(2, text_value(value));
            ProtoWriter(resource).bytes(1, pair);
        }
        std::string scope_logs;
        for (const model::LogRecord& record : stream.records) {
            std::string one;
            ProtoWriter writer(one);
            writer.fixed64(1, static_cast<uint64_t>(record.time_ns));
            if (record.severity != model::LogSeverity::unknown) {
                writer.varint(2, static_cast<uint64_t>(record.severity));
                writer.bytes(3, model::to_string(record.severity));
            }
            writer.bytes(5, text_value(record.body));
            ProtoWriter(scope_logs).bytes(2, one);
        }
        std::string resource_logs;
        ProtoWriter writer(resource_logs);
        writer.bytes(1, resource);
        writer.bytes(2, scope_logs);
        ProtoWriter(out).bytes(1, resource_logs);
    }
    return out;
}

Error bad(std::string_view what) {
    return make_error(Code::corrupt, "log record: {}", what);
}

/// The string of an AnyValue.
bool read_text(std::string_view bytes, std::string& out) {
    ProtoReader value(bytes);
    while (value.next())
        if (value.field() == 1) out = value.bytes();
    return value.ok();
}

bool read_attributes(std::string_view bytes, model::Dimensions& out) {
    ProtoReader resource(bytes);
    while (resource.next()) {
        if (resource.field() != 1) continue;
        ProtoReader pair(resource.bytes());
        std::string key;
        std::string value;
        while (pair.next()) {
            if (pair.field() == 1) key = pair.bytes();
            if (pair.field() == 2 && !read_text(pair.bytes(), value)) return false;
        }
        if (!pair.ok()) return false;
        out.emplace_back(std::move(key), std::move(value));
    }
    return resource.ok();
}

model::LogSeverity severity_of(uint64_t number) {
    if (number == 0 || number > 24) return model::LogSeverity::unknown;
    return static_cast<model::LogSeverity>((number - 1) / 4 * 4 + 1);
}

bool read_record(std::string_view bytes, model::LogRecord& out) {
    ProtoReader record(bytes);
    while (record.next()) {
        if (record.field() == 1) out.time_ns = static_cast<int64_t>(record.fixed64());
        if (record.field() == 2) out.severity = severity_of(record.uint64());
        if (record.field() == 5 && !read_text(record.bytes(), out.body)) return false;
    }
    return record.ok();
}

bool read_stream(std::string_view bytes, model::LogStream& out) {
    ProtoReader resource_logs(bytes);
    while (resource_logs.next()) {
        if (resource_logs.field() == 1 && !read_attributes(resource_logs.bytes(), out.attributes)) return false;
        if (resource_logs.field() != 2) continue;
        ProtoReader scope_logs(resource_logs.bytes());
        while (scope_logs.next())
            if (scope_logs.field() == 2 && !read_record(scope_logs.bytes(), out.records.emplace_back())) return false;
        if (!scope_logs.ok()) return false;
    }
    return resource_logs.ok();
}

}  // namespace

std::string encode_log_batch(const model::LogBatch& batch) {
    const std::string data = encode_logs_data(batch);
    const bool packed = data.size() >= LOG_RECORD_COMPRESSED_FROM;
    std::string out;
    put_le<uint8_t>(out, FORMAT);
    put_le<uint8_t>(out, packed ? ZSTD : PLAIN);
    put_sized(out, batch.tenant);
    out += packed ? compress(Coding::zstd, data) : data;
    return out;
}

Result<model::LogBatch> decode_log_batch(std::string_view bytes) {
    if (bytes.size() < 3) return bad("too short");
    if (static_cast<uint8_t>(bytes[0]) != FORMAT) return bad("of a format that is not known");
    const auto coding = static_cast<uint8_t>(bytes[1]);
    if (coding > ZSTD) return bad("of a coding that is not known");
    ByteReader reader(bytes.substr(2));
    model::LogBatch out;
    uint64_t size = 0;
    if (!reader.varint(&size) || size > reader.left()) return bad("torn");
    out.tenant.assign(reader.position(), static_cast<size_t>(size));
    std::string_view data(reader.position() + size, reader.left() - static_cast<size_t>(size));
    std::string unpacked;
    if (coding == ZSTD) {
        if (Status done = decompress(Coding::zstd, data, LIMITS, unpacked); !done.ok())
            return bad(done.error().message);
        data = unpacked;
    }
    ProtoReader message(data);
    while (message.next()) {
        if (message.field() != 1) continue;
        if (!read_stream(message.bytes(), out.streams.emplace_back())) return bad("no LogsData");
    }
    if (!message.ok()) return bad("no LogsData");
    return out;
}

}  // namespace belfry::codec
