// Alarms in Monasca's language: decided on what comes into topic `metrics`.
#include "app/parts.h"

namespace belfry::app {

// Before the log's retention starts: it must know up to where the windows are saved.
Status App::Parts::open_threshold() {
    alarm::ThresholdConfig settings = config.threshold;
    settings.alarms_max = config.alarms.alarms_max;
    threshold =
        TRY(alarm::ThresholdRunner::open(
                {.queue = *queue,
                 .files = real_file_system(),
                 .clock = clock,
                 .log = *alarm_log,
                 .path = data.alarm_windows(),
                 .config = settings,
                 .definitions = [this] { return catalog->snapshot()->documents(catalog::ALARM_DEFINITION); },
                 .alarms = [this] { return alarms->alarms(""); },
                 .covered = [this] { return alarms->covered(); },
                 .labels_of = [this](auto ids, const auto& visit) { metrics->head_labels(ids, visit); },
                 .wait_applied =
                     [this](uint64_t offset) { (void)metric_consumer->wait_applied(offset, READ_YOUR_WRITE_MS); }})
                .context("open the threshold engine"));
    alarm_stage->listen([this](const model::AlarmBatch& batch) { threshold->tell(batch); });
    return {};
}

}  // namespace belfry::app
