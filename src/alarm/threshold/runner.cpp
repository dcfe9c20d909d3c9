#include "alarm/threshold/runner.h"

#include "alarm/threshold/stats.h"
#include "base/log.h"
#include "codec/metric_record.h"

#include <pthread.h>

#include <algorithm>

namespace belfry::alarm {
namespace {

constexpr uint32_t TOPIC = static_cast<uint32_t>(queue::Topic::metrics);
constexpr uint64_t FILE_BYTES_MAX = 8ULL << 30;
constexpr uint64_t POLL_BYTES_MAX = 1 << 20;  // of payload between two looks at what others did
constexpr int64_t TICK_MS = 1'000;
constexpr int64_t BROKEN_MS = 1'000;  // between two tries to read a log that cannot be read

LogLimiter read_log;
LogLimiter save_log;

}  // namespace

ThresholdRunner::ThresholdRunner(Parts parts)
    : parts_(std::move(parts)), engine_({.config = parts_.config, .make_id = catalog::random_uuid}) {}

ThresholdRunner::~ThresholdRunner() {
    stop();
}

Result<std::unique_ptr<ThresholdRunner>> ThresholdRunner::open(Parts parts) {
    std::unique_ptr<ThresholdRunner> out(new ThresholdRunner(std::move(parts)));
    const Parts& p = out->parts_;
    TRY(p.files.make_dirs(parent_dir(p.path)));
    const uint64_t end = p.queue.end_offset(TOPIC);
    if (p.files.exists(p.path)) {
        auto bytes = read_file(p.files, p.path, FILE_BYTES_MAX);
        const Result<uint64_t> offset = bytes.ok() ? saved_offset(*bytes) : Result<uint64_t>(bytes.error());
        if (offset.ok()) {
            out->saved_ = std::move(*bytes);
            out->position_ = std::min(*offset, end);
        } else {
            // All that the log still holds fills the windows again.
            threshold_snapshot_errors.add();
            log_error("alarm", "the windows of alarms cannot be read and are made again from the log",
                      {{"file", p.path}, {"error", offset.error().message}});
            out->position_ = p.queue.begin_offset(TOPIC);
        }
    } else {
        out->position_ = end;  // alarms begin with what comes now
        TRY(write_file_atomically(p.files, p.path, out->engine_.save(end)).context("write {}", p.path));
    }
    out->saved_position_ = out->position_;
    out->decided_to_ = out->position_;
    out->consumer_ = TRY(p.queue.add_consumer(
        {.name = "threshold", .topic = TOPIC, .policy = queue::ConsumerPolicy::must, .position = out->position_}));
    return out;
}

void ThresholdRunner::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "threshold");
        run();
    });
}

void ThresholdRunner::stop() {
    stopping_ = true;
    if (consumer_) consumer_->wake();
    if (thread_.joinable()) thread_.join();
    if (saver_.joinable()) saver_.join();
}

void ThresholdRunner::tell(const model::AlarmBatch& batch) {
    if (batch.origin == "threshold") return;
    {
        const std::lock_guard lock(told_mutex_);
        told_.push_back(batch);
    }
    consumer_->wake();
}

std::optional<double> ThresholdRunner::current_value(std::string_view alarm_id) const {
    const std::lock_guard lock(engine_mutex_);
    return engine_.current_value(alarm_id);
}

std::optional<std::string> ThresholdRunner::sub_alarms_json(std::string_view alarm_id) const {
    const std::lock_guard lock(engine_mutex_);
    return engine_.sub_alarms_json(alarm_id);
}

// The alarms as the store has them, the windows as they were saved, then the samples since: those that were decided
// before only fill windows.
void ThresholdRunner::recover() {
    {
        const std::lock_guard lock(told_mutex_);
        told_.clear();  // the store has it
    }
    live_from_ = parts_.covered();
    outbox_ = std::make_unique<EventOutbox>(parts_.log, parts_.config, live_from_);
    outbox_->start();
    definitions_ = parts_.definitions();
    {
        const std::lock_guard lock(engine_mutex_);
        const int64_t begin_ms = saved_.empty() ? parts_.clock.now_ms() : saved_time_ms(saved_);
        engine_.set_definitions(*definitions_, begin_ms);
        for (const auto& alarm : parts_.alarms())
            if (alarm->source == model::AlarmSource::threshold) engine_.adopt(*alarm, begin_ms);
        engine_.set_silent(true);
        if (!saved_.empty()) {
            if (const auto loaded = engine_.load(saved_); !loaded.ok()) {
                threshold_snapshot_errors.add();
                log_error("alarm", "the windows of alarms cannot be read",
                          {{"file", parts_.path}, {"error", loaded.error().message}});
            }
            saved_ = {};
        }
    }
    const uint64_t end = parts_.queue.end_offset(TOPIC);
    while (!stopping_ && position_ < end) {
        const auto records = consumer_->poll(TICK_MS, POLL_BYTES_MAX);
        if (!records.ok()) break;  // the loop says so
        take(*records);
        if (records->empty()) position_ = std::max(position_, consumer_->position());
    }
    if (stopping_) return;
    {
        const std::lock_guard lock(engine_mutex_);
        engine_.set_silent(false);
        engine_.resume(parts_.clock.now_ms());
        log_info("alarm", "the threshold engine watches",
                 {{"alarms", engine_.alarm_count()}, {"offset", position_}, {"decided_before", live_from_}});
    }
    push_events();
    save_when_due(true);
}

void ThresholdRunner::run() {
    recover();
    while (!stopping_) {
        look_around();
        const int64_t now_ms = parts_.clock.now_ms();
        const auto records = consumer_->poll(TICK_MS - now_ms % TICK_MS, POLL_BYTES_MAX);
        if (!records.ok()) {
            uint64_t more = 0;
            if (read_log.allow(&more))
                log_error("alarm", "the log cannot be read, trying again",
                          {{"error", records.error().message}, {"more", more}});
            std::this_thread::sleep_for(std::chrono::milliseconds(BROKEN_MS));
            continue;
        }
        look_around();
        take(*records);
        if (records->empty()) {
            // Nothing waits: the clock may judge. While records wait their times are the clock.
            position_ = std::max(position_, consumer_->position());
            const std::lock_guard lock(engine_mutex_);
            engine_.advance(parts_.clock.now_ms());
        }
        push_events();
        publish();
        save_when_due(consumer_->flush_wanted());
    }
    if (saver_.joinable()) saver_.join();
    save_when_due(true);
    outbox_->stop();
    if (saver_.joinable()) saver_.join();
}

void ThresholdRunner::look_around() {
    std::vector<model::AlarmBatch> told;
    {
        const std::lock_guard lock(told_mutex_);
        told.swap(told_);
    }
    auto definitions = parts_.definitions();
    if (told.empty() && definitions == definitions_) return;
    {
        const std::lock_guard lock(engine_mutex_);
        for (const model::AlarmBatch& batch : told)
            engine_.tell(batch);
        if (definitions != definitions_) engine_.set_definitions(*definitions, parts_.clock.now_ms());
    }
    definitions_ = std::move(definitions);
    push_events();
}

void ThresholdRunner::take(const std::vector<queue::RecordPtr>& records) {
    for (const queue::RecordPtr& record : records) {
        if (record->offset < position_) continue;
        take(*record);
        position_ = record->next_offset();
        push_events();
    }
    decided_to_ = position_;
    consumer_->applied_up_to(position_);
}

void ThresholdRunner::take(const queue::Record& record) {
    const std::lock_guard lock(engine_mutex_);
    engine_.set_silent(record.offset < live_from_);
    if (!engine_.listens()) return engine_.advance(record.time_ms);
    const auto* batch = static_cast<const model::MetricBatch*>(record.decoded.get());
    if (batch == nullptr) {
        // what does not decode was counted and logged by the store's consumer
        if (!codec::decode_metric_record(record.payload, decoded_).ok()) return;
        batch = &decoded_;
    }
    engine_.apply(*batch, record.time_ms, [&](std::span<const model::HeadId> ids, const auto& visit) {
        std::vector<model::HeadId> missing;
        std::vector<size_t> places;
        parts_.labels_of(ids, [&](size_t i, std::string_view labels) {
            if (!labels.empty()) return visit(i, labels);
            missing.push_back(ids[i]);
            places.push_back(i);
        });
        if (missing.empty()) return;
        // logged by a record that went by here before the store took it
        parts_.wait_applied(record.next_offset());
        parts_.labels_of(missing, [&](size_t i, std::string_view labels) { visit(places[i], labels); });
    });
}

void ThresholdRunner::push_events() {
    std::vector<model::AlarmEvent> events;
    {
        const std::lock_guard lock(engine_mutex_);
        events = engine_.take_events();
    }
    // Events before the end of the silent part (a definition that went) cover no more than was covered.
    if (!events.empty()) outbox_->push(std::move(events), std::max(position_, live_from_));
}

void ThresholdRunner::save_when_due(bool now) {
    const int64_t now_ms = parts_.clock.monotonic_ms();
    if (!now && (now_ms - saved_at_ms_ < parts_.config.snapshot_ms || position_ == saved_position_)) return;
    if (saving_) return;
    if (saver_.joinable()) saver_.join();
    saved_at_ms_ = now_ms;
    saved_position_ = position_;
    std::string bytes;
    {
        const std::lock_guard lock(engine_mutex_);
        bytes = engine_.save(position_);
    }
    saving_ = true;
    saver_ = std::thread([this, bytes = std::move(bytes), offset = position_, events = outbox_->pushed()] {
        ::pthread_setname_np(::pthread_self(), "alarm windows");
        // Windows from after a decision must not outlive a crash that the decision did not.
        if (outbox_->wait_durable(events)) {
            if (Status saved = write_file_atomically(parts_.files, parts_.path, bytes); saved.ok()) {
                threshold_snapshots.add();
                consumer_->stored_up_to(offset);
            } else {
                threshold_snapshot_errors.add();
                uint64_t more = 0;
                if (save_log.allow(&more))
                    log_warn("alarm", "the windows of alarms were not saved, the log keeps their samples",
                             {{"error", saved.error().message}, {"more", more}});
            }
        }
        saving_ = false;
    });
}

void ThresholdRunner::publish() {
    threshold_alarms.set(static_cast<double>(engine_.alarm_count()));
    threshold_windows.set(static_cast<double>(engine_.window_count()));
    threshold_waiting.set(static_cast<double>(engine_.waiting_count()));
}

}  // namespace belfry::alarm
