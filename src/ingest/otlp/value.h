#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace belfry::ingest::otlp {

// The messages that every signal of OTLP shares, by field number:
//
//   KeyValue              1 key   2 value (AnyValue)
//   AnyValue              1 string   2 bool   3 int (int64)   4 double   5 array   6 kvlist   7 bytes
//   ArrayValue            1 values*       KeyValueList   1 values*
//   Resource              1 attributes*
//   InstrumentationScope  1 name   2 version   3 attributes*

struct KeyValue {
    std::string_view key;
    std::string_view value;  // an encoded AnyValue; "" when there is none
};
[[nodiscard]] Result<KeyValue> read_key_value(std::string_view message);

/// Appends the value as text: strings as they are, numbers and booleans in their shortest form, bytes in base64, arrays
/// and maps as JSON.
[[nodiscard]] Status append_value(std::string& out, std::string_view any_value);

constexpr int VALUE_DEPTH_MAX = 32;  // of arrays in maps in arrays

}  // namespace belfry::ingest::otlp
