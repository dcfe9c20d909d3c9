#include "app/cli/table.h"

#include <fmt/core.h>

#include <ctime>

namespace belfry::app {

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows) {
        for (size_t i = 0; i < row.size(); ++i) {
            out += row[i];
            if (i + 1 < row.size()) out.append(widths[i] - row[i].size() + 2, ' ');
        }
        out += '\n';
    }
    return out;
}

std::string format_time_ms(int64_t time_ms) {
    int64_t ms = time_ms % 1000;
    if (ms < 0) ms += 1000;
    const time_t seconds = static_cast<time_t>((time_ms - ms) / 1000);
    tm parts{};
    if (gmtime_r(&seconds, &parts) == nullptr) return fmt::format("{} ms", time_ms);
    char text[40];
    const size_t n = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    const std::string_view date(text, n);
    return ms == 0 ? fmt::format("{}Z", date) : fmt::format("{}.{:03}Z", date, ms);
}

std::string format_size(double bytes) {
    static constexpr const char* UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < std::size(UNITS)) {
        bytes /= 1024;
        ++unit;
    }
    return bytes < 10 && unit > 0 ? fmt::format("{:.1f} {}", bytes, UNITS[unit])
                                  : fmt::format("{:.0f} {}", bytes, UNITS[unit]);
}

}  // namespace belfry::app
