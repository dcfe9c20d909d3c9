#pragma once

#include "model/alarm.h"

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::model {

/// OpenTelemetry's numbers of severity: the first of each range.
enum class LogSeverity : uint8_t { unknown = 0, trace = 1, debug = 5, info = 9, warn = 13, error = 17, fatal = 21 };
[[nodiscard]] std::string_view to_string(LogSeverity severity);  // "INFO"; "" for unknown

/// One line of a log.
struct LogRecord {
    int64_t time_ns = 0;
    LogSeverity severity = LogSeverity::unknown;
    std::string body;
    friend bool operator==(const LogRecord&, const LogRecord&) = default;
};

/// Lines of one source: what is the same for all of them stands once.
struct LogStream {
    Dimensions attributes;
    std::vector<LogRecord> records;
    friend bool operator==(const LogStream&, const LogStream&) = default;
};

struct LogBatch {
    std::string tenant = "default";
    std::vector<LogStream> streams;
    friend bool operator==(const LogBatch&, const LogBatch&) = default;
};

}  // namespace belfry::model
