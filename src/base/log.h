#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace belfry {

enum class LogLevel { debug, info, warn, error };

[[nodiscard]] std::string_view to_string(LogLevel level);

/// One `key=value` of a log line; the value is quoted when it needs to be.
struct LogField {
    std::string_view key;
    std::string value;

    template <typename T>
    LogField(std::string_view k, const T& v) : key(k), value(fmt::format("{}", v)) {}
};

/// One line as the status page shows it.
struct LogLine {
    int64_t time_ms = 0;
    LogLevel level = LogLevel::info;
    std::string folder;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
};

/// logfmt on stderr; keeps the newest lines (LOG_LINES_KEPT) in memory for the status page. Any thread.
void log_debug(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields = {});
void log_info(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields = {});
void log_warn(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields = {});
void log_error(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields = {});

/// Lines below `level` are dropped. Default: info.
void set_log_level(LogLevel level);
/// JSON instead of logfmt.
void set_log_json(bool json);

/// The newest lines, oldest first.
[[nodiscard]] std::vector<LogLine> recent_log_lines(size_t count);

/// For messages that could come once a request: true at most once a second for this object; count what was held back.
class LogLimiter {
  public:
    /// True when the caller may log now; `*suppressed` is how many were not logged since the last time.
    [[nodiscard]] bool allow(uint64_t* suppressed);

  private:
    std::atomic<int64_t> next_ms_{0};
    std::atomic<uint64_t> suppressed_{0};
};

}  // namespace belfry
