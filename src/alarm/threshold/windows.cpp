#include "alarm/threshold/windows.h"

#include "base/result.h"

#include <algorithm>

namespace belfry::alarm {
namespace {

using model::AlarmState;

constexpr uint32_t FUTURE_SLOTS = 2;     // samples come before the slot in view is judged
constexpr uint32_t EMPTY_PER_TIMES = 2;  // UNDETERMINED after so many gaps for each slot in view
constexpr int64_t MINUTE_S = 60;

// The ring, and behind it room for the values of an announcement.
uint32_t block_size(const SubPlan& plan) {
    return plan.slots + plan.times;
}

bool falls_never(Function f) {
    return f == Function::max || f == Function::count;
}

bool wants_more(Comparison op) {
    return op == Comparison::gt || op == Comparison::gte;
}

int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

double value_of(Function function, const Slot& slot) {
    switch (function) {
        case Function::avg: return slot.value / static_cast<double>(slot.count);
        case Function::count: return static_cast<double>(slot.count);
        default: return slot.value;
    }
}

void put(Function function, Slot& slot, double value) {
    if (slot.count++ == 0) {
        slot.value = value;
        return;
    }
    switch (function) {
        case Function::max: slot.value = std::max(slot.value, value); break;
        case Function::min: slot.value = std::min(slot.value, value); break;
        case Function::last: slot.value = value; break;
        default: slot.value += value; break;
    }
}

}  // namespace

SubPlan::SubPlan(SubExpression expression)
    : sub(std::move(expression)),
      times(sub.function == Function::last ? 1 : static_cast<uint32_t>(sub.times)),
      slots(times + FUTURE_SLOTS),
      last(sub.function == Function::last),
      alarms_at_once((falls_never(sub.function) && wants_more(sub.op)) ||
                     (sub.function == Function::min && !wants_more(sub.op))),
      ok_at_once((falls_never(sub.function) && !wants_more(sub.op)) ||
                 (sub.function == Function::min && wants_more(sub.op))) {}

uint32_t Windows::make(uint32_t count, uint32_t alarm) {
    uint32_t first = static_cast<uint32_t>(windows_.size());
    if (auto& free = free_windows_[count]; !free.empty()) {
        first = free.back();
        free.pop_back();
    } else {
        windows_.resize(windows_.size() + count);
    }
    for (uint32_t i = 0; i < count; ++i) {
        windows_[first + i] = Window{};
        windows_[first + i].alarm = alarm;
    }
    return first;
}

void Windows::remove(uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        free_slots(first + i);
        windows_[first + i].alarm = NONE;
    }
    free_windows_[count].push_back(first);
}

uint32_t Windows::take_block(uint32_t size) {
    auto& free = free_blocks_[size];
    uint32_t block = static_cast<uint32_t>(slots_.size());
    if (!free.empty()) {
        block = free.back();
        free.pop_back();
    } else {
        slots_.resize(slots_.size() + size);
    }
    std::fill_n(slots_.begin() + block, size, Slot{});
    return block;
}

void Windows::free_slots(uint32_t place) {
    Window& w = windows_[place];
    if (w.plan != nullptr) free_blocks_[block_size(*w.plan)].push_back(w.block);
    w.plan = nullptr;
}

void Windows::reset(uint32_t place, const SubPlan& plan, int64_t now_s) {
    INVARIANT(windows_[place].plan == nullptr, "the old slots were given back by their old plan");
    const uint32_t block = take_block(block_size(plan));
    Window& w = windows_[place];
    w.plan = &plan;
    w.block = block;
    w.first = 0;
    w.value_count = 0;
    w.empty_observations = 0;
    w.newest_ms = INT64_MIN;
    w.announce = true;
    w.view_end_s = floor_div(now_s + plan.sub.period_s, MINUTE_S) * MINUTE_S;
}

void Windows::anchor(uint32_t place, int64_t made_s, int64_t after_s) {
    Window& w = windows_[place];
    const int64_t period_s = w.plan->sub.period_s;
    w.view_end_s = floor_div(made_s + period_s, MINUTE_S) * MINUTE_S;
    if (w.view_end_s <= after_s) w.view_end_s += ((after_s - w.view_end_s) / period_s + 1) * period_s;
}

bool Windows::announce(Window& w, AlarmState state, uint32_t begin, uint32_t end) {
    if (state == w.state && !w.announce) return false;
    w.state = state;
    w.announce = false;
    w.decided = true;
    w.value_count = 0;
    for (uint32_t i = begin; i < end; ++i)
        if (const auto value = slot_value(w, i)) put_value(w, *value);
    return true;
}

bool Windows::add(uint32_t place, int64_t time_ms, double value) {
    Window& w = windows_[place];
    const SubPlan& plan = *w.plan;
    if (plan.last) {
        if (time_ms < w.newest_ms) return false;
        w.newest_ms = time_ms;
        slots_[w.block] = {value, 1};
        w.first = 0;
        return announce(w, plan.breaches(value) ? AlarmState::alarm : AlarmState::ok, 0, 1);
    }
    const int64_t begin_s = w.view_end_s - plan.times * plan.sub.period_s;
    const int64_t since_s = floor_div(time_ms, 1'000) - begin_s;
    if (since_s < 0) return false;
    const int64_t index = since_s / plan.sub.period_s;
    if (index >= plan.slots) return false;
    Slot& slot = slots_[ring(w, static_cast<uint32_t>(index))];
    put(plan.sub.function, slot, value);
    w.newest_ms = std::max(w.newest_ms, time_ms);
    if (!plan.alarms_at_once && !plan.ok_at_once) return false;
    const AlarmState wanted = plan.alarms_at_once ? AlarmState::alarm : AlarmState::ok;
    if (w.state == wanted && !w.announce) return false;
    if (plan.breaches(value_of(plan.sub.function, slot)) != plan.alarms_at_once) return false;
    const auto run = find_run(w);
    return run && announce(w, wanted, *run, *run + (plan.alarms_at_once ? plan.times : 1));
}

// The whole ring counts: what is ahead of the view has come to stay, too.
std::optional<uint32_t> Windows::find_run(const Window& w) const {
    const SubPlan& plan = *w.plan;
    const uint32_t wanted = plan.alarms_at_once ? plan.times : 1;
    uint32_t run = 0;
    for (uint32_t i = 0; i < plan.slots; ++i) {
        const auto value = slot_value(w, i);
        run = value && plan.breaches(*value) == plan.alarms_at_once ? run + 1 : 0;
        if (run == wanted) return i + 1 - wanted;
    }
    return {};
}

bool Windows::judge(uint32_t place, bool count_gaps) {
    Window& w = windows_[place];
    const SubPlan& plan = *w.plan;
    if (plan.alarms_at_once || plan.ok_at_once) {
        if (const auto run = find_run(w)) {
            if (plan.alarms_at_once) return announce(w, AlarmState::alarm, *run, *run + plan.times);
            return announce(w, AlarmState::ok, *run, *run + 1);
        }
    }
    bool gap = false;
    for (uint32_t i = 0; i < plan.times; ++i) {
        const auto value = slot_value(w, i);
        if (!value) {
            gap = true;
            continue;
        }
        w.empty_observations = 0;
        if (!plan.breaches(*value)) return announce(w, AlarmState::ok, 0, i + 1);
    }
    if (!gap) return announce(w, AlarmState::alarm, 0, plan.times);
    if (!count_gaps) return false;
    ++w.empty_observations;
    if (plan.sub.deterministic) return announce(w, AlarmState::ok, 0, plan.times);
    if (w.empty_observations < EMPTY_PER_TIMES * plan.times) return false;
    return announce(w, AlarmState::undetermined, 0, plan.times);
}

void Windows::slide(uint32_t place) {
    Window& w = windows_[place];
    slots_[ring(w, 0)] = Slot{};
    w.first = w.first + 1 == w.plan->slots ? 0 : w.first + 1;
    w.view_end_s += w.plan->sub.period_s;
}

std::optional<double> Windows::slot_value(const Window& w, uint32_t index) const {
    const Slot& s = slot(w, index);
    if (s.count == 0) return {};
    return value_of(w.plan->sub.function, s);
}

std::vector<double> Windows::values(const Window& w) const {
    std::vector<double> out(w.value_count);
    for (uint32_t i = 0; i < w.value_count; ++i)
        out[i] = slots_[w.block + w.plan->slots + i].value;
    return out;
}

void Windows::set_values(Window& w, const std::vector<double>& values) {
    w.value_count = 0;
    for (const double value : values)
        if (w.value_count < w.plan->times) put_value(w, value);
}

std::optional<double> Windows::newest_value(uint32_t place) const {
    const Window& w = windows_[place];
    for (uint32_t i = w.plan->slots; i-- > 0;)
        if (const auto value = slot_value(w, i)) return value;
    return {};
}

}  // namespace belfry::alarm
