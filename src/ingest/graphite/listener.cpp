#include "ingest/graphite/listener.h"

#include "ingest/http_answer.h"

namespace belfry::ingest::graphite {

Result<std::unique_ptr<GraphiteReceiver>> GraphiteReceiver::open(Clock& clock,
                                                                 const GraphiteConfig& config,
                                                                 MetricSink sink,
                                                                 ReceiverStats& stats) {
    std::unique_ptr<GraphiteReceiver> out(new GraphiteReceiver(clock, config, std::move(sink), stats));
    out->intake_ = TRY(SocketIntake::start("graphite", config.sockets, stats));
    SocketIntake& intake = *out->intake_;
    out->lines_tcp_ = intake.open_tcp(config.listen, net::Framing::lines,
                                      {config.sockets.message_bytes_max, "graphite.message_bytes_max"});
    // port 0: the same one for both, so that there is one address to tell
    const bool same = out->lines_tcp_ && config.listen.ends_with(":0");
    out->lines_udp_ = intake.open_udp(same ? out->lines_tcp_->to_string() : config.listen);
    out->pickles_ = intake.open_tcp(config.pickle_listen, net::Framing::sized_be32,
                                    {config.pickle_bytes_max, "graphite.pickle_bytes_max"});
    stats.set_listens_on(intake.listens_on());
    out->mapper_.clear(out->batch_);
    return out;
}

GraphiteReceiver::~GraphiteReceiver() {
    stop();
}

void GraphiteReceiver::start() {
    thread_ = std::thread([this] { run(); });
}

void GraphiteReceiver::stop() {
    intake_->close_doors();
    sink_.stop();
    if (thread_.joinable()) thread_.join();
}

void GraphiteReceiver::run() {
    while (true) {
        const bool closed = intake_->closed();  // before the look: nothing comes behind it
        std::optional<SocketIntake::Chunk> chunk = intake_->next(WAIT_MS);
        if (!chunk && closed) return;
        // one record of the log holds what has come meanwhile
        for (; chunk; chunk = intake_->next(0)) {
            add(*std::move(chunk));
            if (batch_.samples.size() >= TEXT_BATCH_SAMPLES) break;
        }
        if (!sources_.empty()) write();
    }
}

void GraphiteReceiver::add(SocketIntake::Chunk chunk) {
    Source& source = sources_.emplace_back(Source{.chunk = std::move(chunk)});
    const size_t before = batch_.samples.size();
    const int64_t now_ms = clock_.now_ms();
    size_t at = 0;
    for (std::string_view message; source.chunk.next(at, message);) {
        if (source.chunk.kind == SocketIntake::Chunk::Kind::sized)
            mapper_.add_pickle(message, now_ms, batch_);
        else
            mapper_.add_lines(message, now_ms, batch_);
    }
    source.points = batch_.samples.size() - before;
}

void GraphiteReceiver::write() {
    uint64_t taken = 0;
    if (!batch_.samples.empty()) {
        const Result<WriteOutcome> outcome = sink_.write(batch_);
        if (outcome.ok()) {
            taken = outcome->accepted_samples;
            report_refusals(*outcome, stats_);
        } else {
            stats_.refused(refusal_reason(outcome.error()), batch_.samples.size(), outcome.error().message, "");
        }
    }
    const BadLines& bad = mapper_.bad();
    if (bad.count > 0) stats_.refused("malformed", bad.count, bad.first_message, bad.first_line);
    for (const Source& source : sources_) {
        const uint64_t points = std::min(taken, source.points);
        taken -= points;
        stats_.accepted(points, source.chunk.bytes.size(), source.chunk.sender);
    }
    sources_.clear();
    mapper_.clear(batch_);
}

}  // namespace belfry::ingest::graphite
