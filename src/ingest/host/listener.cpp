#include "ingest/host/listener.h"

#include "ingest/http_answer.h"

namespace belfry::ingest::host {

HostCollector::HostCollector(
    Clock& clock, HostConfig config, MetricSink sink, ReceiverStats& stats, std::function<uint64_t()> received_total)
    : clock_(clock),
      config_(std::move(config)),
      sink_(std::move(sink)),
      stats_(stats),
      received_total_(std::move(received_total)),
      reader_(config_.root),
      identity_(reader_.identity()),
      mapper_(identity_, config_.instance.empty() ? identity_.node_name : config_.instance),
      processes_(config_.root + "/proc", config_.processes_top),
      live_(identity_) {}

HostCollector::~HostCollector() {
    stop();
}

void HostCollector::start() {
    thread_ = std::thread([this] { run(); });
}

void HostCollector::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void HostCollector::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        lock.unlock();
        tick();
        lock.lock();
        // On whole seconds, so that live pages of several hosts fit together.
        const int64_t wait_ms = STEP_MS - clock_.now_ms() % STEP_MS;
        wake_.wait_for(lock, std::chrono::milliseconds(wait_ms), [this] { return stopping_; });
    }
}

void HostCollector::tick() {
    const int64_t now_ms = clock_.now_ms();
    const int64_t monotonic_ms = clock_.monotonic_ms();
    const HostSnapshot& snapshot = reader_.read(now_ms);
    if (monotonic_ms >= next_scan_ms_) {
        scan_ = processes_.scan(now_ms);
        next_scan_ms_ = monotonic_ms + PROCESS_STEP_MS - STEP_MS / 2;
    }
    live_.add(snapshot, scan_, received_total_());
    if (monotonic_ms < next_store_ms_) return;
    next_store_ms_ = monotonic_ms + config_.store_interval_ms - STEP_MS / 2;
    store(snapshot);
}

void HostCollector::store(const HostSnapshot& snapshot) {
    const int64_t monotonic_ms = clock_.monotonic_ms();
    const bool with_metadata = monotonic_ms >= next_metadata_ms_;
    mapper_.map(snapshot, reader_.read_details(), scan_, with_metadata, batch_);
    const Result<WriteOutcome> outcome = sink_(batch_);
    if (!outcome.ok()) {
        stats_.refused(refusal_reason(outcome.error()), batch_.samples.size(), outcome.error().message, "");
        return;
    }
    if (with_metadata) next_metadata_ms_ = monotonic_ms + METADATA_STEP_MS;
    stats_.accepted(outcome->accepted_samples, 0, identity_.node_name);
    report_refusals(*outcome, stats_);
}

}  // namespace belfry::ingest::host
