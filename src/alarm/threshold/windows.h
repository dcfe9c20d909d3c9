#pragma once

#include "alarm/threshold/ast.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace belfry::alarm {

inline constexpr uint32_t NONE = UINT32_MAX;

/// What a window needs of its comparison.
struct SubPlan {
    explicit SubPlan(SubExpression expression);
    SubExpression sub;
    uint32_t times;       // slots in view; of `last` 1
    uint32_t slots;       // with those for samples that are ahead
    bool last;            // judged by the newest sample alone
    bool alarms_at_once;  // a slot that breaches cannot be undone by further samples
    bool ok_at_once;      // a slot that does not breach cannot be undone
    [[nodiscard]] bool breaches(double value) const { return compare(value, sub.op, sub.threshold); }
};

struct Slot {
    double value = 0;    // sum, greatest or least value
    uint64_t count = 0;  // 0: empty
};

/// A sub-alarm: one comparison of one alarm over the newest samples.
struct Window {
    const SubPlan* plan = nullptr;  // outlives the window
    int64_t view_end_s = 0;         // the view is [end - times * period, end); slots for samples ahead follow
    int64_t newest_ms = INT64_MIN;  // time of the newest sample
    uint32_t alarm = NONE;          // whose it is
    uint32_t block = 0;             // of slots: the ring, then the values of the last announced state
    uint32_t first = 0;             // place of the oldest slot in the ring
    uint32_t value_count = 0;
    uint32_t empty_observations = 0;
    model::AlarmState state = model::AlarmState::undetermined;
    bool announce = true;  // the next judgement is told even if the state stays
    bool decided = false;  // has told a state at least once
};
static_assert(sizeof(Window) <= 64);

/// All sub-alarms' windows in two flat arrays. The semantics of Monasca: slots of a period anchored on the minute of
/// the creation; a view that is over is judged and slides by one slot; some functions decide on a sample. No clock. One
/// thread.
class Windows {
  public:
    /// `count` neighbours for one alarm; the first one's place.
    [[nodiscard]] uint32_t make(uint32_t count, uint32_t alarm);
    void remove(uint32_t first, uint32_t count);
    /// Empty, as made at `now_s`; the state stays, and is announced again.
    void reset(uint32_t place, const SubPlan& plan, int64_t now_s);
    /// As if it had been made at `made_s` and slid since, until the view ends after `after_s`.
    void anchor(uint32_t place, int64_t made_s, int64_t after_s);
    void free_slots(uint32_t place);

    // True: the sub-alarm announces a state.
    [[nodiscard]] bool add(uint32_t place, int64_t time_ms, double value);
    /// The view is over; `count_gaps`: missing samples are a fact.
    [[nodiscard]] bool judge(uint32_t place, bool count_gaps);
    void slide(uint32_t place);

    [[nodiscard]] Window& at(uint32_t place) { return windows_[place]; }
    [[nodiscard]] const Window& at(uint32_t place) const { return windows_[place]; }
    [[nodiscard]] size_t size() const { return windows_.size(); }
    /// From the oldest; `index` below plan->slots.
    [[nodiscard]] Slot& slot(const Window& w, uint32_t index) { return slots_[ring(w, index)]; }
    [[nodiscard]] const Slot& slot(const Window& w, uint32_t index) const { return slots_[ring(w, index)]; }
    [[nodiscard]] std::optional<double> slot_value(const Window& w, uint32_t index) const;
    [[nodiscard]] std::vector<double> values(const Window& w) const;
    void set_values(Window& w, const std::vector<double>& values);
    /// Of the newest slot that has one.
    [[nodiscard]] std::optional<double> newest_value(uint32_t place) const;
    [[nodiscard]] uint64_t memory_bytes() const {
        return windows_.capacity() * sizeof(Window) + slots_.capacity() * sizeof(Slot);
    }

  private:
    [[nodiscard]] uint32_t ring(const Window& w, uint32_t index) const {
        const uint32_t at = w.first + index;
        return w.block + (at >= w.plan->slots ? at - w.plan->slots : at);
    }
    /// Where the slots begin that decide at once.
    [[nodiscard]] std::optional<uint32_t> find_run(const Window& w) const;
    /// When it is news; with the values of the slots [begin, end).
    bool announce(Window& w, model::AlarmState state, uint32_t begin, uint32_t end);
    void put_value(Window& w, double value) { slots_[w.block + w.plan->slots + w.value_count++].value = value; }
    [[nodiscard]] uint32_t take_block(uint32_t size);

    std::vector<Window> windows_;
    std::vector<Slot> slots_;
    std::map<uint32_t, std::vector<uint32_t>> free_windows_;  // by count
    std::map<uint32_t, std::vector<uint32_t>> free_blocks_;   // by size
};

}  // namespace belfry::alarm
