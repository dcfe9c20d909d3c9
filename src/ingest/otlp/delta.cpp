#include "ingest/otlp/delta.h"

#include "codec/protobuf.h"
#include "ingest/otlp/stats.h"

#include <random>

namespace belfry::ingest::otlp {
namespace {

constexpr int64_t SWEEP_MS = 60'000;

uint64_t random_seed() {
    std::random_device source;
    return static_cast<uint64_t>(source()) << 32 | source();
}

}  // namespace

DeltaStreams::DeltaStreams(Clock& clock, uint64_t streams_max, int64_t idle_ms)
    : clock_(clock), streams_max_(streams_max), idle_ms_(idle_ms), seeds_{random_seed(), random_seed()} {}

size_t DeltaStreams::size() const {
    const std::lock_guard lock(mutex_);
    return streams_.size();
}

Hash128 DeltaStreams::key_of(std::string_view tenant, std::string_view series_head, const Point& point) const {
    const uint64_t low = seeds_[0] ^ hash64(tenant);
    const uint64_t high = seeds_[1] ^ hash64(tenant);
    Hash128 out{hash64(series_head, low), hash64(series_head, high)};
    const auto add = [&](std::string_view fields) {
        codec::ProtoReader reader(fields);
        while (reader.next()) {
            out.low += hash64(reader.bytes(), low);
            out.high += hash64(reader.bytes(), high);
        }
    };
    add(point.attributes);
    for (const std::string_view field : point.loose)
        add(field);
    return out;
}

void DeltaStreams::forget_idle(int64_t now_ms) {
    next_sweep_ms_ = now_ms + SWEEP_MS;
    const size_t before = streams_.size();
    std::erase_if(streams_, [&](const auto& row) {
        return row.second.owner == nullptr && now_ms - row.second.seen_ms >= idle_ms_;
    });
    delta_streams_forgotten.add(before - streams_.size());
    delta_streams_now.set(static_cast<double>(streams_.size()));
}

DeltaVerdict DeltaStreams::Transaction::begin(const Hash128& key, const Point& point, Stream** stream, Sum* sum) {
    const std::lock_guard lock(streams_.mutex_);
    const int64_t now_ms = streams_.clock_.now_ms();
    if (now_ms >= streams_.next_sweep_ms_) streams_.forget_idle(now_ms);
    auto at = streams_.streams_.find(key);
    if (at == streams_.streams_.end()) {
        if (streams_.streams_.size() >= streams_.streams_max_) return DeltaVerdict::full;
        at = streams_.streams_.try_emplace(key).first;
        delta_streams_now.set(static_cast<double>(streams_.streams_.size()));
    }
    Stream& s = at->second;
    if (s.owner != nullptr && s.owner != this) return DeltaVerdict::busy;
    if (s.owner == nullptr) {
        s.pending = s.state;
        s.owner = this;
        touched_.push_back(&*at);
    }
    s.seen_ms = now_ms;
    State& p = s.pending;
    const bool first = p.last_ns == 0;
    if (!first && (point.time_ns <= p.last_ns || (point.start_ns != 0 && point.start_ns < p.start_ns)))
        return DeltaVerdict::out_of_order;
    *sum = {};
    if (first) {
        p.start_ns = point.start_ns;
        // behind the last sample of an earlier life, which may stand exactly at this one's start
        const int64_t after_start_ms = point.start_ns == 0 ? point.time_ms() - 1 : point.start_ms() + 1;
        p.start_ms = std::max(std::min(after_start_ms, point.time_ms() - 1), point.time_ms() - streams_.idle_ms_);
        sum->zero_ms = p.start_ms;
    }
    p.last_ns = point.time_ns;
    sum->start_ms = p.start_ms;
    *stream = &s;
    return DeltaVerdict::taken;
}

DeltaVerdict DeltaStreams::Transaction::add_number(const Hash128& key, const Point& point, double value, Sum* sum) {
    Stream* stream = nullptr;
    if (const DeltaVerdict verdict = begin(key, point, &stream, sum); verdict != DeltaVerdict::taken) return verdict;
    stream->pending.number += value;
    sum->number = stream->pending.number;
    return DeltaVerdict::taken;
}

DeltaVerdict DeltaStreams::Transaction::add_distribution(const Hash128& key,
                                                         const Point& point,
                                                         const Distribution& value,
                                                         Sum* sum) {
    Stream* stream = nullptr;
    if (const DeltaVerdict verdict = begin(key, point, &stream, sum); verdict != DeltaVerdict::taken) return verdict;
    State& p = stream->pending;
    if (sum->zero_ms) {
        p.distribution = value;
    } else if (Distribution both = p.distribution; both.add(value)) {
        p.distribution = std::move(both);
    } else {
        // other buckets than before: counting begins anew
        p.distribution = value;
        p.start_ms = std::max(point.start_ms() + 1, p.start_ms + 1);
        p.start_ms = std::min(p.start_ms, point.time_ms() - 1);
        sum->start_ms = p.start_ms;
        sum->zero_ms = p.start_ms;
    }
    sum->distribution = &p.distribution;
    return DeltaVerdict::taken;
}

void DeltaStreams::Transaction::commit() {
    const std::lock_guard lock(streams_.mutex_);
    for (Map::value_type* at : touched_) {
        Stream& s = at->second;
        s.state = std::move(s.pending);
        s.owner = nullptr;
        s.fresh = false;
    }
    touched_.clear();
}

DeltaStreams::Transaction::~Transaction() {
    const std::lock_guard lock(streams_.mutex_);
    for (Map::value_type* at : touched_) {
        at->second.owner = nullptr;
        at->second.pending = {};
        if (at->second.fresh) streams_.streams_.erase(Hash128(at->first));
    }
}

}  // namespace belfry::ingest::otlp
