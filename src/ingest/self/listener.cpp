#include "ingest/self/listener.h"

#include "ingest/http_answer.h"
#include "ingest/self/map.h"

namespace belfry::ingest::self {

SelfCollector::SelfCollector(
    Clock& clock, SelfConfig config, std::string instance, MetricSink sink, ReceiverStats& stats)
    : clock_(clock), config_(config), instance_(std::move(instance)), sink_(std::move(sink)), stats_(stats) {}

SelfCollector::~SelfCollector() {
    stop();
}

void SelfCollector::start() {
    thread_ = std::thread([this] { run(); });
}

void SelfCollector::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void SelfCollector::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        tick();
        lock.lock();
        const int64_t wait_ms = config_.interval_ms - clock_.now_ms() % config_.interval_ms;
        wake_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return stopping_; });
    }
}

void SelfCollector::tick() {
    const bool with_metadata = clock_.monotonic_ms() >= next_metadata_ms_;
    WireBatch batch;
    std::deque<std::string> wires;
    map_counters(collect_counters(), instance_, clock_.now_ms(), with_metadata, wires, batch);
    const Result<WriteOutcome> outcome = sink_(batch);
    if (!outcome.ok()) {
        stats_.refused(refusal_reason(outcome.error()), batch.samples.size(), outcome.error().message, "");
        return;
    }
    if (with_metadata) next_metadata_ms_ = clock_.monotonic_ms() + METADATA_STEP_MS;
    stats_.accepted(outcome->accepted_samples, 0, instance_);
    report_refusals(*outcome, stats_);
}

}  // namespace belfry::ingest::self
