#include "app/parts.h"
#include "ingest/monasca/listener.h"

namespace belfry::app {
namespace {

// a question waits this long for an alarm store that is behind, then takes what is there
constexpr int64_t ALARMS_CATCH_UP_MS = 1'000;

/// Durable when it returns.
Status append_all(queue::Queue& queue, queue::Topic topic, std::vector<std::string> records, queue::Consumer& keeper) {
    std::vector<queue::Ticket> tickets;
    for (std::string& record : records)
        tickets.push_back(TRY(queue.append(topic, std::move(record))));
    for (const queue::Ticket& ticket : tickets)
        keeper.applied_up_to(TRY(ticket.wait()) + 1);
    return {};
}

}  // namespace

Status App::Parts::open_monasca() {
    const std::string& listen = config.server.listen;
    // Until a store reads these topics the log keeps them for it. Nobody is behind: the keepers take part in no lag.
    for (const queue::Topic topic : {queue::Topic::logs, queue::Topic::events}) {
        auto holder = TRY(queue->add_consumer({.name = fmt::format("keep_{}", queue::to_string(topic)),
                                               .topic = static_cast<uint32_t>(topic),
                                               .policy = queue::ConsumerPolicy::may_lag,
                                               .position = queue->begin_offset(static_cast<uint32_t>(topic)),
                                               .keep_bytes = config.monasca.keep_bytes,
                                               .keep_ms = config.monasca.keep_ms}));
        holder->applied_up_to(holder->end());
        kept_topics.push_back(std::move(holder));
    }
    ingest::monasca::register_routes(
        router, {.clock = clock,
                 .config = config.monasca,
                 .metrics = [this](const ingest::WireBatch& batch) { return writer->write(batch, "monasca"); },
                 .logs =
                     [this](std::vector<std::string> records) {
                         return append_all(*queue, queue::Topic::logs, std::move(records), *kept_topics[0]);
                     },
                 .events =
                     [this](std::vector<std::string> records) {
                         return append_all(*queue, queue::Topic::events, std::move(records), *kept_topics[1]);
                     },
                 .metric_stats = receivers->add("monasca", "Monasca", listen),
                 .log_stats = receivers->add("monasca_logs", "Monasca logs", listen),
                 .event_stats = receivers->add("monasca_events", "Monasca events", listen)});
    monasca_api = std::make_unique<api::monasca::MonascaApi>(
        api::monasca::MonascaApi::Parts{.metrics = *source,
                                        .exemplars = *exemplars,
                                        .workers = *query_workers,
                                        .clock = clock,
                                        .limits = config.query,
                                        .not_ready = [this] { return readiness.reasons(); }});
    monasca_api->add_routes(router);
    monasca_alarm_api = std::make_unique<api::monasca::AlarmApi>(
        api::monasca::AlarmApi::Parts{.definitions = *definitions,
                                      .desk = *desk,
                                      .store = *alarms,
                                      .catalog = *catalog,
                                      .changes = *changes,
                                      .notify = config.notify,
                                      .catch_up = [this] { (void)alarm_consumer->catch_up(ALARMS_CATCH_UP_MS); }});
    monasca_alarm_api->add_routes(router);
    return {};
}

}  // namespace belfry::app
