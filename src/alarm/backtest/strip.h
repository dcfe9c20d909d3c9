#pragma once

#include "alarm/backtest/backtest.h"

#include <array>

namespace belfry::alarm {

/// Makes the strip of the worst state of all alarms from changes of single ones. Times ascend.
class Strip {
  public:
    explicit Strip(int64_t from_ms) : from_ms_(from_ms) {}
    /// An alarm changed. `from` nothing: it is new. Changes before the strip's beginning count for its first segment.
    void change(std::optional<model::AlarmState> from,
                std::optional<model::AlarmState> to,
                int64_t at_ms,
                std::string_view reason);
    [[nodiscard]] size_t size() const { return segments_.size(); }
    [[nodiscard]] std::vector<BacktestSegment> end(int64_t to_ms);

  private:
    void settle(int64_t before_ms);
    const int64_t from_ms_;
    std::array<int64_t, 3> alarms_{};  // by state, in the order of its badness
    std::array<std::string, 3> reasons_;
    int64_t at_ms_ = 0;
    bool open_ = false;
    std::vector<BacktestSegment> segments_;
};

}  // namespace belfry::alarm
