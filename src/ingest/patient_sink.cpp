#include "ingest/patient_sink.h"

namespace belfry::ingest {

Result<WriteOutcome> PatientSink::write(const WireBatch& batch) {
    int64_t waited_ms = 0;
    for (int64_t pause_ms = FIRST_PAUSE_MS;; pause_ms = std::min(pause_ms * 2, PAUSE_MS_MAX)) {
        Result<WriteOutcome> out = sink_(batch);
        const bool may_pass =
            !out.ok() && (out.error().code == Code::exhausted || out.error().code == Code::unavailable);
        if (!may_pass || waited_ms >= patience_ms_) return out;
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, std::chrono::milliseconds(pause_ms), [this] { return stopping_; })) return out;
        waited_ms += pause_ms;
    }
}

void PatientSink::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

}  // namespace belfry::ingest
