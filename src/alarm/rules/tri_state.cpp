#include "alarm/rules/tri_state.h"

namespace belfry::alarm {

using model::AlarmState;

void TriState::see(Seen seen, int64_t at_ms, const Patience& patience) {
    bool unknown = false;
    if (seen == Seen::nothing) {
        switch (patience.no_data) {
            case catalog::NoData::keep: return;
            case catalog::NoData::ok: seen = Seen::good; break;
            case catalog::NoData::alarm: seen = Seen::bad; break;
            case catalog::NoData::undetermined: unknown = true; break;
        }
    }
    if (seen == Seen::bad) {
        good_since_ms = 0;
        if (bad_since_ms == 0) bad_since_ms = at_ms;
        if (at_ms - bad_since_ms >= patience.for_ms)
            state = AlarmState::alarm;
        else if (state == AlarmState::undetermined)
            state = AlarmState::ok;
        return;
    }
    bad_since_ms = 0;
    if (state == AlarmState::alarm && patience.keep_firing_for_ms > 0) {
        if (good_since_ms == 0) good_since_ms = at_ms;
        if (at_ms - good_since_ms < patience.keep_firing_for_ms) return;
    }
    good_since_ms = 0;
    state = unknown ? AlarmState::undetermined : AlarmState::ok;
}

}  // namespace belfry::alarm
