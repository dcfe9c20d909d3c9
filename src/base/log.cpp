#include "base/log.h"

#include "base/clock.h"

#include <unistd.h>

namespace belfry {
namespace {

constexpr size_t LOG_LINES_KEPT = 500;

struct LogState {
    std::atomic<LogLevel> level{LogLevel::info};
    std::atomic<bool> json{false};
    std::mutex mutex;            // guards recent
    std::deque<LogLine> recent;  // newest last
};

LogState& state() {
    static LogState* instance = new LogState;  // never destroyed: threads may log while the process ends
    return *instance;
}

bool needs_quotes(std::string_view value) {
    if (value.empty()) return true;
    return std::any_of(value.begin(), value.end(),
                       [](char c) { return c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 127; });
}

void append_quoted(std::string& out, std::string_view value) {
    out += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            out += c;
        }
    }
    out += '"';
}

std::string iso_time(int64_t time_ms) {
    const time_t seconds = static_cast<time_t>(time_ms / 1000);
    tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    const size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03}Z", std::string_view(text, n), time_ms % 1000);
}

void write_line(LogLevel level, std::string_view folder, std::string_view message,
                std::initializer_list<LogField> fields) {
    LogState& log = state();
    if (level < log.level.load(std::memory_order_relaxed)) return;
    LogLine kept{.time_ms = system_clock().now_ms(),
                 .level = level,
                 .folder = std::string(folder),
                 .message = std::string(message),
                 .fields = {}};
    std::string line;
    const bool json = log.json.load(std::memory_order_relaxed);
    const auto add = [&](std::string_view key, std::string_view value, bool quote) {
        if (!line.empty()) line += json ? "," : " ";
        if (json) {
            append_quoted(line, key);
            line += ':';
            append_quoted(line, value);
        } else {
            line += key;
            line += '=';
            if (quote && needs_quotes(value)) append_quoted(line, value);
            else line += value;
        }
    };
    add("time", iso_time(kept.time_ms), false);
    add("level", to_string(level), false);
    add("folder", folder, false);
    add("msg", message, true);
    for (const LogField& field : fields) {
        add(field.key, field.value, true);
        kept.fields.emplace_back(field.key, field.value);
    }
    if (json) line = "{" + line + "}";
    line += '\n';
    (void)!::write(STDERR_FILENO, line.data(), line.size());
    const std::lock_guard lock(log.mutex);
    log.recent.push_back(std::move(kept));
    if (log.recent.size() > LOG_LINES_KEPT) log.recent.pop_front();
}

}  // namespace

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::warn: return "warn";
        case LogLevel::error: return "error";
    }
    return "info";
}

void log_debug(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields) {
    write_line(LogLevel::debug, folder, message, fields);
}
void log_info(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields) {
    write_line(LogLevel::info, folder, message, fields);
}
void log_warn(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields) {
    write_line(LogLevel::warn, folder, message, fields);
}
void log_error(std::string_view folder, std::string_view message, std::initializer_list<LogField> fields) {
    write_line(LogLevel::error, folder, message, fields);
}

void set_log_level(LogLevel level) { state().level.store(level); }
void set_log_json(bool json) { state().json.store(json); }

std::vector<LogLine> recent_log_lines(size_t count) {
    LogState& log = state();
    const std::lock_guard lock(log.mutex);
    const size_t skip = log.recent.size() > count ? log.recent.size() - count : 0;
    return {log.recent.begin() + static_cast<std::ptrdiff_t>(skip), log.recent.end()};
}

bool LogLimiter::allow(uint64_t* suppressed) {
    const int64_t now_ms = system_clock().monotonic_ms();
    int64_t next_ms = next_ms_.load();
    if (now_ms < next_ms || !next_ms_.compare_exchange_strong(next_ms, now_ms + 1000)) {
        suppressed_.fetch_add(1);
        return false;
    }
    *suppressed = suppressed_.exchange(0);
    return true;
}

}  // namespace belfry
