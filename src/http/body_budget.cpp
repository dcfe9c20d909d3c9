#include "http/body_budget.h"

namespace belfry::http {

bool BodyBudget::Lease::grow_to(uint64_t bytes) {
    if (bytes <= bytes_) return true;
    const uint64_t more = bytes - bytes_;
    uint64_t used = budget_->used_bytes_.load(std::memory_order_relaxed);
    do {
        if (more > budget_->limit_bytes_ || used > budget_->limit_bytes_ - more) return false;
    } while (!budget_->used_bytes_.compare_exchange_weak(used, used + more, std::memory_order_relaxed));
    bytes_ = bytes;
    return true;
}

void BodyBudget::Lease::release() {
    if (bytes_ > 0) budget_->used_bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
    bytes_ = 0;
}

}  // namespace belfry::http
