#include "forward/forwarder.h"

#include "base/log.h"
#include "codec/metric_record.h"
#include "forward/position_file.h"
#include "forward/stats.h"
#include "forward/write_request.h"

#include <pthread.h>

namespace belfry::forward {
namespace {

constexpr uint64_t FILE_BYTES_MAX = 16 << 20;
constexpr uint64_t POLL_BYTES_MAX = 1 << 20;  // of payload between two looks at the deadline
constexpr int64_t POLL_MS = 1'000;            // an upper bound only: appends and stops wake the thread
constexpr int64_t SAVE_MS = 5'000;            // between two saves of the position: what may be sent twice after kill -9
constexpr int64_t BROKEN_MS = 1'000;          // between two tries to read a log that cannot be read

LogLimiter position_log;
LogLimiter read_log;

}  // namespace

class Forwarder::Destination {
  public:
    Destination(const Parts& parts, DestinationConfig destination)
        : config(std::move(destination)),
          consumer_name("forward " + config.name),
          parts_(parts),
          position_(parts.files, parts.dir + "/" + config.name + ".position"),
          sender(config, parts.clock, parts.post),
          labels_(config, parts.external_labels, parts.names, parts.config.labels_bytes_max),
          builder_(config, labels_) {}

    Status open() {
        const uint64_t end = parts_.queue.end_offset(TOPIC);
        auto saved = position_.load();
        if (!saved.ok()) {
            log_error("forward", "a position is lost, all that the log holds is sent again",
                      {{"destination", config.name}, {"error", saved.error().message}});
            done_ = parts_.queue.begin_offset(TOPIC);
        } else {
            done_ = std::min(saved->value_or(end), end);  // a new destination gets what comes from now on
        }
        saved_ = done_;
        if (!saved.ok() || !saved->has_value()) TRY(position_.save(done_));
        consumer_ = TRY(parts_.queue.add_consumer({.name = consumer_name,
                                                   .topic = TOPIC,
                                                   .policy = queue::ConsumerPolicy::may_lag,
                                                   .position = done_,
                                                   .keep_bytes = parts_.config.keep_bytes,
                                                   .keep_ms = parts_.config.keep_ms}));
        return {};
    }

    void start() {
        thread_ = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "forward");
            run();
        });
    }

    void stop() {
        sender.stop();
        if (consumer_) consumer_->wake();
        if (thread_.joinable()) thread_.join();
    }

    [[nodiscard]] uint64_t given_up() const { return consumer_->skipped(); }

    const DestinationConfig config;
    const std::string consumer_name;

  private:
    static constexpr uint32_t TOPIC = static_cast<uint32_t>(queue::Topic::metrics);

    void run() {
        saved_at_ms_ = parts_.clock.monotonic_ms();
        while (!sender.stopped()) {
            const bool idle = builder_.empty();
            const int64_t left_ms = began_ms_ + config.batch_deadline_ms - parts_.clock.monotonic_ms();
            if (!idle && left_ms <= 0) {
                if (!builder_.flush(emit_)) break;
                settle();
                continue;
            }
            const auto records = consumer_->poll(idle ? POLL_MS : left_ms, POLL_BYTES_MAX);
            if (!records.ok()) {
                uint64_t more = 0;
                if (read_log.allow(&more))
                    log_error("forward", "the log cannot be read, trying again",
                              {{"destination", config.name}, {"error", records.error().message}, {"more", more}});
                sender.pause(BROKEN_MS);
                continue;
            }
            if (!take(*records)) break;
            if (idle) began_ms_ = parts_.clock.monotonic_ms();
            count();
            if (builder_.empty()) settle();
        }
        save();
    }

    /// False: stopped on the way.
    bool take(const std::vector<queue::RecordPtr>& records) {
        for (const queue::RecordPtr& record : records) {
            const auto* batch = static_cast<const model::MetricBatch*>(record->decoded.get());
            if (batch == nullptr) {
                // what does not decode was counted and logged by the store's consumer
                if (codec::decode_metric_record(record->payload, decoded_).ok()) batch = &decoded_;
            }
            if (batch != nullptr && !builder_.add(*batch, record->next_offset(), emit_)) return false;
            taken_ = record->next_offset();
        }
        if (records.empty()) taken_ = std::max(taken_, consumer_->position());  // over what is gone
        return true;
    }

    /// All that was taken is sent.
    void settle() {
        done_ = std::max(done_, taken_);
        consumer_->applied_up_to(done_);
        if (parts_.clock.monotonic_ms() - saved_at_ms_ >= SAVE_MS) save();
    }

    void save() {
        saved_at_ms_ = parts_.clock.monotonic_ms();
        if (done_ == saved_) return;
        if (Status saved = position_.save(done_); !saved.ok()) {
            uint64_t more = 0;
            if (position_log.allow(&more))
                log_warn("forward", "a position was not saved, after a crash more is sent twice",
                         {{"destination", config.name}, {"error", saved.error().message}, {"more", more}});
            return;
        }
        saved_ = done_;
        consumer_->stored_up_to(done_);
    }

    void count() {
        const auto left_out = builder_.take_left_out();
        if (left_out.unknown_series > 0)
            samples_dropped.at({config.name, "unknown_series"}).add(left_out.unknown_series);
        if (left_out.histograms > 0) samples_dropped.at({config.name, "histograms_off"}).add(left_out.histograms);
        const uint64_t skipped = consumer_->skipped();
        if (skipped == skipped_) return;
        records_given_up.at({config.name}).add(skipped - skipped_);
        log_error("forward", "records were gone before a destination could have them",
                  {{"destination", config.name}, {"records", skipped - skipped_}});
        skipped_ = skipped;
    }

    const Parts& parts_;
    PositionFile position_;
    std::unique_ptr<queue::Consumer> consumer_;

  public:
    Sender sender;

  private:
    LabelTable labels_;
    WriteRequestBuilder builder_;
    const WriteRequestBuilder::Emit emit_ = [this](const std::string& message, uint64_t samples) {
        return sender.send(message, samples) != Sender::Outcome::stopped;
    };
    model::MetricBatch decoded_;
    uint64_t taken_ = 0;  // below it all records are in the builder or sent
    uint64_t done_ = 0;   // below it all are sent
    uint64_t saved_ = 0;
    uint64_t skipped_ = 0;
    int64_t began_ms_ = 0;  // of the oldest sample in the builder
    int64_t saved_at_ms_ = 0;
    std::thread thread_;
};

Forwarder::Forwarder(Parts parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Forwarder>> Forwarder::open(Parts parts) {
    std::unique_ptr<Forwarder> out(new Forwarder(std::move(parts)));
    const ForwardConfig& config = out->parts_.config;
    if (config.file.empty()) return out;
    const std::string text = TRY(read_file(out->parts_.files, config.file, FILE_BYTES_MAX));
    std::vector<std::string> warnings;
    auto destinations = TRY(parse_destinations(text, warnings).context("{}", config.file));
    for (const std::string& warning : warnings)
        log_warn("forward", "a key is passed over", {{"file", config.file}, {"what", warning}});
    if (destinations.empty()) return out;
    TRY(out->parts_.files.make_dirs(out->parts_.dir));
    for (DestinationConfig& destination : destinations) {
        auto one = std::make_unique<Destination>(out->parts_, std::move(destination));
        TRY(one->open().context("destination {}", one->config.name));
        out->destinations_.push_back(std::move(one));
    }
    return out;
}

Forwarder::~Forwarder() {
    stop();
}

void Forwarder::start() {
    for (const auto& destination : destinations_)
        destination->start();
}

void Forwarder::stop() {
    for (const auto& destination : destinations_)
        destination->sender.stop();
    for (const auto& destination : destinations_)
        destination->stop();
}

std::vector<DestinationStatus> Forwarder::status() const {
    std::vector<DestinationStatus> out;
    for (const auto& d : destinations_)
        out.push_back({d->consumer_name, d->config.url, d->sender.trouble(), d->given_up()});
    return out;
}

}  // namespace belfry::forward
