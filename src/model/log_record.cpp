#include "model/log_record.h"

namespace belfry::model {

std::string_view to_string(LogSeverity severity) {
    switch (severity) {
        case LogSeverity::unknown: return "";
        case LogSeverity::trace: return "TRACE";
        case LogSeverity::debug: return "DEBUG";
        case LogSeverity::info: return "INFO";
        case LogSeverity::warn: return "WARN";
        case LogSeverity::error: return "ERROR";
        case LogSeverity::fatal: return "FATAL";
    }
    return "";
}

}  // namespace belfry::model
