#pragma once

#include "base/result.h"
#include "base/yaml.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace belfry::notify {

/// The offsets of a place from UTC, from the machine's table of time zones (TZif, RFC 8536).
class TimeZone {
  public:
    /// "" and UTC, Local, or a name like Europe/Berlin.
    [[nodiscard]] static Result<std::shared_ptr<const TimeZone>> find(const std::string& name);
    [[nodiscard]] static Result<TimeZone> parse(std::string_view file);
    [[nodiscard]] int64_t offset_s(int64_t unix_s) const;

  private:
    std::vector<std::pair<int64_t, int32_t>> changes_;  // from when on, which offset
    int32_t first_ = 0;
};

/// When something counts: Alertmanager's time_intervals. A list that is empty holds always.
struct TimeInterval {
    struct Range {
        int from = 0;
        int to = 0;  // inclusive; of times exclusive
    };
    std::vector<Range> times;          // minutes of the day
    std::vector<Range> weekdays;       // 0 Sunday
    std::vector<Range> days_of_month;  // 1..31, negative from the end
    std::vector<Range> months;         // 1..12
    std::vector<Range> years;
    std::shared_ptr<const TimeZone> zone;  // null: UTC

    [[nodiscard]] bool holds(int64_t now_ms) const;
};

/// An entry of `time_intervals:` below a name. Errors begin with `line 7: `.
[[nodiscard]] Result<TimeInterval> parse_time_interval(const YamlNode& node);

}  // namespace belfry::notify
