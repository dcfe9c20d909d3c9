#include "alarm/backtest/strip.h"

#include <algorithm>

namespace belfry::alarm {

using model::AlarmState;

void Strip::settle(int64_t before_ms) {
    if (!open_ || before_ms <= at_ms_) return;
    open_ = false;
    AlarmState worst = AlarmState::ok;
    for (const AlarmState state : {AlarmState::alarm, AlarmState::undetermined})
        if (alarms_[static_cast<size_t>(state)] > 0) {
            worst = state;
            break;
        }
    const int64_t at_ms = std::max(at_ms_, from_ms_);
    if (!segments_.empty()) {
        if (segments_.back().state == worst) return;
        segments_.back().to_ms = at_ms;
        if (segments_.back().from_ms == at_ms) segments_.pop_back();
        if (!segments_.empty() && segments_.back().state == worst) return;
    }
    segments_.push_back({.from_ms = segments_.empty() ? from_ms_ : at_ms,
                         .to_ms = at_ms,
                         .state = worst,
                         .reason = reasons_[static_cast<size_t>(worst)]});
    if (segments_.size() == 1 && at_ms > from_ms_) {
        // before its first change there was no alarm at all
        segments_.front() = {.from_ms = from_ms_, .to_ms = at_ms, .state = AlarmState::ok, .reason = {}};
        if (worst != AlarmState::ok)
            segments_.push_back(
                {.from_ms = at_ms, .to_ms = at_ms, .state = worst, .reason = reasons_[static_cast<size_t>(worst)]});
    }
}

void Strip::change(std::optional<AlarmState> from,
                   std::optional<AlarmState> to,
                   int64_t at_ms,
                   std::string_view reason) {
    settle(at_ms);
    if (from) --alarms_[static_cast<size_t>(*from)];
    if (to) {
        if (alarms_[static_cast<size_t>(*to)]++ == 0) reasons_[static_cast<size_t>(*to)] = reason;
    }
    at_ms_ = at_ms;
    open_ = true;
}

std::vector<BacktestSegment> Strip::end(int64_t to_ms) {
    settle(INT64_MAX);
    if (segments_.empty())
        segments_.push_back({.from_ms = from_ms_, .to_ms = to_ms, .state = AlarmState::ok, .reason = {}});
    segments_.back().to_ms = to_ms;
    std::erase_if(segments_, [&](const BacktestSegment& s) { return s.from_ms >= to_ms; });
    if (!segments_.empty()) segments_.back().to_ms = to_ms;
    return std::move(segments_);
}

}  // namespace belfry::alarm
