#pragma once

#include "ingest/metric_sink.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace belfry::ingest {

/// Writes for protocols whose senders get no answer and so cannot send again: a full queue is asked again, with pauses,
/// for a while. One thread writes, another may `stop` it.
class PatientSink {
  public:
    explicit PatientSink(MetricSink sink, int64_t patience_ms = PATIENCE_MS)
        : sink_(std::move(sink)), patience_ms_(patience_ms) {}

    /// What the sink says, at the latest after `patience_ms`; at once after `stop`.
    [[nodiscard]] Result<WriteOutcome> write(const WireBatch& batch);
    void stop();

    static constexpr int64_t PATIENCE_MS = 30'000;
    static constexpr int64_t FIRST_PAUSE_MS = 20;
    static constexpr int64_t PAUSE_MS_MAX = 1'000;

  private:
    const MetricSink sink_;
    const int64_t patience_ms_;
    std::mutex mutex_;  // guards stopping_
    std::condition_variable wake_;
    bool stopping_ = false;
};

}  // namespace belfry::ingest
