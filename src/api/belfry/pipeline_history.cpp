#include "api/belfry/pipeline_history.h"

namespace belfry::api {
namespace {

/// A restarted counter or a store that shrank by folding gives no negative rate.
double per_second(uint64_t from, uint64_t to, int64_t span_ms) {
    if (to <= from || span_ms <= 0) return 0;
    return static_cast<double>(to - from) * 1000.0 / static_cast<double>(span_ms);
}

}  // namespace

uint64_t refused_last_hour(const StatusFacts& facts) {
    uint64_t refused = 0;
    for (const ReceiverFacts& receiver : facts.receivers)
        refused += receiver.refused_last_hour;
    return refused;
}

uint64_t behind_records(const StatusFacts& facts) {
    uint64_t behind = 0;
    for (const ConsumerFacts& consumer : facts.consumers)
        behind += consumer.end > consumer.position ? consumer.end - consumer.position : 0;
    return behind;
}

void PipelineHistory::sample(const StatusFacts& facts, int64_t now_ms) {
    Sample next{.at_ms = now_ms,
                .log_bytes = facts.log.appended_bytes_total,
                .syncs = facts.log.syncs_total,
                .behind = behind_records(facts)};
    for (const ReceiverFacts& receiver : facts.receivers) {
        next.received += receiver.records_total;
        next.received_bytes += receiver.bytes_total;
    }
    for (const StoreFacts& store : facts.stores)
        next.store_bytes += store.bytes;
    const std::lock_guard lock(mutex_);
    if (!samples_.empty() && now_ms <= samples_.back().at_ms)
        return;  // the clock was set back: wait until it has caught up
    samples_.push_back(std::move(next));
    if (samples_.size() > HISTORY_COUNT + 1) samples_.pop_front();
}

template <typename Total>
Rates PipelineHistory::rates(Total total) const {
    const std::lock_guard lock(mutex_);
    Rates out;
    out.history.assign(HISTORY_COUNT, std::numeric_limits<double>::quiet_NaN());
    if (samples_.empty()) return out;
    for (size_t i = 1; i < samples_.size(); ++i) {
        const double rate =
            per_second(total(samples_[i - 1]), total(samples_[i]), samples_[i].at_ms - samples_[i - 1].at_ms);
        out.history[HISTORY_COUNT - samples_.size() + i] = rate;
    }
    const Sample& newest = samples_.back();
    const Sample& before = samples_[samples_.size() - 1 - std::min(RATE_SAMPLES, samples_.size() - 1)];
    out.per_s = per_second(total(before), total(newest), newest.at_ms - before.at_ms);
    return out;
}

Rates PipelineHistory::received() const {
    return rates([](const Sample& s) { return s.received; });
}
Rates PipelineHistory::received_bytes() const {
    return rates([](const Sample& s) { return s.received_bytes; });
}
Rates PipelineHistory::log_bytes() const {
    return rates([](const Sample& s) { return s.log_bytes; });
}
Rates PipelineHistory::syncs() const {
    return rates([](const Sample& s) { return s.syncs; });
}
Rates PipelineHistory::store_bytes() const {
    return rates([](const Sample& s) { return s.store_bytes; });
}
std::vector<double> PipelineHistory::behind() const {
    const std::lock_guard lock(mutex_);
    std::vector<double> out(HISTORY_COUNT, std::numeric_limits<double>::quiet_NaN());
    const size_t count = std::min(samples_.size(), HISTORY_COUNT);
    for (size_t i = 0; i < count; ++i)
        out[HISTORY_COUNT - count + i] = static_cast<double>(samples_[samples_.size() - count + i].behind);
    return out;
}

}  // namespace belfry::api
