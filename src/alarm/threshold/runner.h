#pragma once

#include "alarm/threshold/engine.h"
#include "alarm/threshold/event_outbox.h"
#include "base/clock.h"
#include "base/file.h"
#include "catalog/alarm_log.h"
#include "queue/queue.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace belfry::alarm {

/// Runs the threshold engine on topic `metrics`: an own place in the queue, an own thread, so that a decision waits for
/// nothing but the log. Everything public may be called from any thread.
class ThresholdRunner {
  public:
    struct Parts {
        queue::Queue& queue;
        FileSystem& files;
        Clock& clock;
        catalog::AlarmLog& log;
        std::string path;  // of the windows' file; its directory is made
        ThresholdConfig config;
        std::function<std::shared_ptr<const catalog::Documents>()> definitions;
        std::function<std::vector<std::shared_ptr<const model::Alarm>>()> alarms;  // all, of any source
        std::function<uint64_t()> covered;
        /// "" for an unknown id.
        ThresholdEngine::LabelsOf labels_of;
        /// Returns when the metric store has applied the records below the offset, or after a while.
        std::function<void(uint64_t offset)> wait_applied;
    };

    /// Reads the windows' file and takes its place in the queue; decides nothing yet. Before `Queue::start_retention`.
    [[nodiscard]] static Result<std::unique_ptr<ThresholdRunner>> open(Parts parts);
    ~ThresholdRunner();

    /// Once the stores have applied their logs: the alarms and definitions are known.
    void start();
    /// Saves the windows; what is decided is in the log.
    void stop();
    /// What others did to alarms, in the order of the log. Batches of this engine's own are passed over.
    void tell(const model::AlarmBatch& batch);

    /// What the alarm's first comparison comes to now.
    [[nodiscard]] std::optional<double> current_value(std::string_view alarm_id) const;
    /// Monasca's `sub_alarms`, as they are now.
    [[nodiscard]] std::optional<std::string> sub_alarms_json(std::string_view alarm_id) const;
    /// Everything below is decided (and what was decided may still be on its way to the log).
    [[nodiscard]] uint64_t decided_to() const { return decided_to_.load(); }

  private:
    explicit ThresholdRunner(Parts parts);
    void run();
    void recover();
    void take(const std::vector<queue::RecordPtr>& records);
    void take(const queue::Record& record);
    void look_around();
    void push_events();
    void save_when_due(bool now);
    void publish();

    const Parts parts_;
    std::string saved_;       // the file's bytes, until they are loaded
    uint64_t position_ = 0;   // below it all records are decided; engine's thread
    uint64_t live_from_ = 0;  // records below only fill windows
    std::unique_ptr<queue::Consumer> consumer_;
    std::unique_ptr<EventOutbox> outbox_;
    model::MetricBatch decoded_;
    std::shared_ptr<const catalog::Documents> definitions_;
    int64_t saved_at_ms_ = 0;
    uint64_t saved_position_ = 0;
    std::thread saver_;
    std::atomic<bool> saving_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<uint64_t> decided_to_{0};

    mutable std::mutex engine_mutex_;  // guards engine_: questions come from other threads
    ThresholdEngine engine_;
    std::mutex told_mutex_;  // guards told_
    std::vector<model::AlarmBatch> told_;
    std::thread thread_;
};

}  // namespace belfry::alarm
