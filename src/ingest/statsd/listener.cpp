#include "ingest/statsd/listener.h"

#include "ingest/http_answer.h"

#include <unistd.h>

namespace belfry::ingest::statsd {
namespace {

StatsdConfig with_hostname(StatsdConfig config) {
    if (config.hostname != "auto") return config;
    char name[256]{};
    config.hostname = ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
    return config;
}

}  // namespace

StatsdReceiver::StatsdReceiver(Clock& clock, const StatsdConfig& config, MetricSink sink, ReceiverStats& stats)
    : clock_(clock),
      config_(config),
      sink_(std::move(sink)),
      stats_(stats),
      dialect_(config.dialect == "monasca" ? Dialect::monasca : Dialect::mixed),
      aggregator_(with_hostname(config), clock.now_ms()) {}

Result<std::unique_ptr<StatsdReceiver>> StatsdReceiver::open(Clock& clock,
                                                             const StatsdConfig& config,
                                                             MetricSink sink,
                                                             ReceiverStats& stats) {
    std::unique_ptr<StatsdReceiver> out(new StatsdReceiver(clock, config, std::move(sink), stats));
    out->intake_ = TRY(SocketIntake::start("statsd", config.sockets, stats));
    SocketIntake& intake = *out->intake_;
    out->tcp_ = intake.open_tcp(config.listen, net::Framing::lines,
                                {config.sockets.message_bytes_max, "statsd.message_bytes_max"});
    // port 0: the same one for both, so that there is one address to tell
    const bool same = out->tcp_ && config.listen.ends_with(":0");
    out->udp_ = intake.open_udp(same ? out->tcp_->to_string() : config.listen);
    stats.set_listens_on(intake.listens_on());
    return out;
}

StatsdReceiver::~StatsdReceiver() {
    stop();
}

void StatsdReceiver::start() {
    thread_ = std::thread([this] { run(); });
}

void StatsdReceiver::stop() {
    intake_->close_doors();
    sink_.stop();
    if (thread_.joinable()) thread_.join();
}

void StatsdReceiver::run() {
    const auto interval_end = [this] { return (clock_.now_ms() / config_.flush_ms + 1) * config_.flush_ms; };
    int64_t next_flush_ms = interval_end();
    while (true) {
        const bool closed = intake_->closed();  // before the look: nothing comes behind it
        const int64_t wait_ms = std::clamp<int64_t>(next_flush_ms - clock_.now_ms(), 0, WAIT_MS_MAX);
        const std::optional<SocketIntake::Chunk> chunk = intake_->next(wait_ms);
        if (chunk) take(*chunk);
        if (clock_.now_ms() >= next_flush_ms) {
            next_flush_ms = interval_end();
            flush(next_flush_ms - config_.flush_ms);
        }
        if (!chunk && closed) return flush(clock_.now_ms());
    }
}

void StatsdReceiver::take(const SocketIntake::Chunk& chunk) {
    const int64_t now_ms = clock_.now_ms();
    uint64_t values = 0;
    size_t at = 0;
    for (std::string_view lines; chunk.next(at, lines);) {
        while (!lines.empty()) {
            const size_t end = lines.find('\n');
            std::string_view line = lines.substr(0, end);
            lines.remove_prefix(std::min(end, lines.size() - 1) + 1);
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.empty()) values += take_line(line, now_ms);
        }
    }
    stats_.accepted(values, chunk.bytes.size(), chunk.sender);
}

uint64_t StatsdReceiver::take_line(std::string_view line, int64_t now_ms) {
    if (line.size() > config_.sockets.message_bytes_max) {
        stats_.refused("too_large", 1,
                       fmt::format("a line of {} bytes, limit {} (statsd.message_bytes_max)", line.size(),
                                   config_.sockets.message_bytes_max),
                       line);
        return 0;
    }
    if (other_of(line) == Other::event) {
        stats_.refused("event_not_stored", 1, "events are understood, and not stored yet", line);
        return 0;
    }
    const Result<Line> read = decode_line(line, dialect_);
    if (!read.ok()) {
        stats_.refused("malformed", 1, read.error().message, line);
        return 0;
    }
    uint64_t values = 0;
    const std::optional<Problem> problem = aggregator_.add(*read, now_ms, values);
    if (!problem) return values;
    stats_.refused(problem->reason, 1, problem->message, line);
    return 0;
}

void StatsdReceiver::flush(int64_t time_ms) {
    const bool with_metadata = clock_.monotonic_ms() >= next_metadata_ms_;
    if (with_metadata) next_metadata_ms_ = clock_.monotonic_ms() + METADATA_STEP_MS;
    aggregator_.flush(time_ms, with_metadata, [this](const WireBatch& batch) {
        const Result<WriteOutcome> outcome = sink_.write(batch);
        if (outcome.ok()) {
            report_refusals(*outcome, stats_);
            return true;
        }
        stats_.refused(refusal_reason(outcome.error()), batch.samples.size(),
                       "an interval was not stored, its counts go into the next: " + outcome.error().message, "");
        return false;
    });
}

}  // namespace belfry::ingest::statsd
