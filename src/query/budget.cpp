#include "query/budget.h"

namespace belfry::query {

Budget::Budget(const BudgetLimits& limits, const Clock& clock)
    : limits_(limits), clock_(clock), start_ms_(clock.monotonic_ms()) {}

Status Budget::charge_samples(uint64_t count) {
    const uint64_t used = samples_.fetch_add(count, std::memory_order_relaxed) + count;
    if (limits_.samples_max != 0 && used > limits_.samples_max) {
        return make_error(Code::exhausted,
                          "the query reads too much: more than {} samples. Choose a shorter time or add a filter",
                          limits_.samples_max);
    }
    return check();
}

Status Budget::charge_series(uint64_t count) {
    const uint64_t used = series_.fetch_add(count, std::memory_order_relaxed) + count;
    if (limits_.series_max != 0 && used > limits_.series_max) {
        return make_error(Code::exhausted, "the query selects too much: more than {} series. Add a filter", limits_.series_max);
    }
    return check();
}

Status Budget::charge_memory(uint64_t bytes) {
    const uint64_t used = memory_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (limits_.memory_bytes_max != 0 && used > limits_.memory_bytes_max) {
        return make_error(Code::exhausted,
                          "the query needs too much memory: more than {} MiB. Choose a shorter time, a longer step or add a filter",
                          limits_.memory_bytes_max >> 20);
    }
    return check();
}

Status Budget::check() const {
    const bool left = cancel_flag_ && cancel_flag_->load(std::memory_order_relaxed);
    if (left || cancelled_.load(std::memory_order_relaxed)) return make_error(Code::unavailable, "the query was cancelled");
    if (limits_.wall_ms_max != 0 && elapsed_ms() > limits_.wall_ms_max) {
        return make_error(Code::timeout, "the query took longer than {} ms", limits_.wall_ms_max);
    }
    return {};
}

}  // namespace belfry::query
