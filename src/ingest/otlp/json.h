#pragma once

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace belfry::ingest::otlp {

// OTLP/JSON is the JSON form of proto3 with ids in hex. It is turned into the protobuf form while it is read, by a
// table of the messages; so every signal has one decoder, whatever way it came.

struct JsonMessage;

struct JsonField {
    enum class Type : uint8_t {
        text,
        hex,     // bytes, as ids are written
        base64,  // bytes
        boolean,
        varint,   // int32, int64, uint32, uint64
        zigzag,   // sint32, sint64
        fixed64,  // fixed64, sfixed64
        float64,
        enumeration,
        message,
    };
    std::string_view name;  // lowerCamelCase
    uint32_t number = 0;
    Type type = Type::text;
    const JsonMessage* message = nullptr;                               // of a message
    std::span<const std::pair<std::string_view, uint64_t>> names = {};  // of an enumeration
    bool repeated = false;
};
struct JsonMessage {
    std::span<const JsonField> fields;
};

[[nodiscard]] const JsonMessage& export_metrics_request();

/// The protobuf form of a JSON object. Fields that are not known are skipped, null counts as missing, 64-bit numbers
/// may be strings, enumerations names or numbers, field names lowerCamelCase or as in the proto. `invalid` names the
/// place: "resourceMetrics.scopeMetrics.metrics.sum.dataPoints.timeUnixNano: ...". Nested at most 64 deep.
[[nodiscard]] Status json_to_protobuf(std::string_view json, const JsonMessage& message, std::string& out);

}  // namespace belfry::ingest::otlp
