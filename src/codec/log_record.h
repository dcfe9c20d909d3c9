#pragma once

#include "base/result.h"
#include "model/log_record.h"

#include <string>
#include <string_view>

namespace belfry::codec {

// A record of topic `logs`, format 1:
//
//   u8 format = 1 | u8 coding (0 plain, 1 zstd) | tenant sized | OpenTelemetry's LogsData
//
//   LogsData      1 resource_logs*
//   ResourceLogs  1 resource { 1 attributes* } | 2 scope_logs*
//   ScopeLogs     2 log_records*
//   LogRecord     1 time_unix_nano fixed64 | 2 severity_number | 3 severity_text | 5 body AnyValue
//   KeyValue      1 key | 2 AnyValue { 1 string }
//
// Example: 01 00 07 "default" 0a.. - what OTLP/HTTP takes stands behind the tenant, so any reader of OTLP reads it.

/// Bodies from this size on are compressed.
inline constexpr size_t LOG_RECORD_COMPRESSED_FROM = 1'024;

[[nodiscard]] std::string encode_log_batch(const model::LogBatch& batch);
/// `corrupt` for anything else. Members that `LogBatch` does not know are passed over.
[[nodiscard]] Result<model::LogBatch> decode_log_batch(std::string_view bytes);

}  // namespace belfry::codec
