#include "app/parts.h"
#include "app/process_stats.h"
#include "base/log.h"

namespace belfry::app {
namespace {

constexpr int64_t MAINTAIN_MS = 500;  // the store looks what is due; mostly nothing
constexpr int64_t HOUSEKEEPING_MS = 1'000;
constexpr int64_t SLOW_HOUSEKEEPING_TURNS = 60;  // sessions and key uses are saved once a minute
constexpr int64_t REPLAY_MS_MAX = 365LL * 86'400'000;

}  // namespace

// The store applies what the log holds beyond it; then the dictionary learns every series, and the doors open.
void App::Parts::replay_log() {
    const int64_t start_ms = clock.monotonic_ms();
    if (!catalog_consumer->catch_up(REPLAY_MS_MAX) || !alarm_consumer->catch_up(REPLAY_MS_MAX) ||
        !metric_consumer->catch_up(REPLAY_MS_MAX))
        return;
    alarms->limit_covered(queue->end_offset(static_cast<uint32_t>(queue::Topic::metrics)));
    metrics->for_each_head_series([&](model::HeadId id, model::LabelsView labels, int32_t logged_day) {
        dictionary->seed(id, labels, logged_day);
    });
    dictionary->reserve_ids(metrics->next_head_id());
    log_info("app", "ready", {{"replay_ms", clock.monotonic_ms() - start_ms}, {"series", dictionary->series_count()}});
    {
        const std::lock_guard lock(collectors_mutex);
        if (stopped) return;
        if (config.host.enabled) host->start();
        if (config.self.enabled) self->start();
        graphite->start();
        statsd->start();
        checks->start();
        demo->resume();
        scraping->start();
        forwarder->start();
        start_notify();
        start_rules();
        threshold->start();
    }
    readiness.release("log");
    make_first_alarms();
}

void App::Parts::start_clockwork() {
    start_transforms();
    measure_process(facts.start_ms);
    maintenance = std::make_unique<Periodic>("maintenance", MAINTAIN_MS, [this] {
        if (Status done = metrics->maintain(); !done.ok()) {
            log_warn("app", "store maintenance failed, it will be tried again", {{"error", done.error().message}});
        }
    });
    housekeeping = std::make_unique<Periodic>("housekeeping", HOUSEKEEPING_MS, [this, turn = int64_t{0}]() mutable {
        measure_process(facts.start_ms);
        const api::StatusFacts now = status->facts();
        history.sample(now, clock.now_ms());
        state_gauges.show(now);
        if (++turn % SLOW_HOUSEKEEPING_TURNS != 0) return;
        for (const Status& done : {sessions->flush(), catalog->flush_key_uses()}) {
            if (!done.ok()) log_warn("app", "housekeeping of the catalog failed", {{"error", done.error().message}});
        }
        tidy_alarms();
        tidy_notify();
    });
}

void App::Parts::stop() {
    {
        const std::lock_guard lock(collectors_mutex);
        if (std::exchange(stopped, true)) return;
    }
    rule_watch.reset();
    transforming.reset();
    alarm_watch.reset();
    if (alarm_schedule) alarm_schedule->stop();
    if (demo) demo->stop();
    if (scraping) scraping->stop();
    if (host) host->stop();
    if (self) self->stop();
    if (graphite) graphite->stop();
    if (statsd) statsd->stop();
    if (checks) checks->stop();
    if (keystone) keystone->stop();
    if (server) server->stop();
    housekeeping.reset();
    maintenance.reset();
    if (forwarder) forwarder->stop();
    if (metric_consumer) {
        (void)metric_consumer->catch_up(READ_YOUR_WRITE_MS);
        if (Status done = metric_consumer->flush(); !done.ok()) {
            log_warn("app", "the metric store was not flushed, the log keeps its samples",
                     {{"error", done.error().message}});
        }
        metric_consumer->stop();
    }
    if (threshold) threshold->stop();
    if (alarm_consumer) {
        (void)alarm_consumer->catch_up(READ_YOUR_WRITE_MS);
        alarm_consumer->stop();
    }
    stop_notify();
    if (catalog_consumer) catalog_consumer->stop();
    if (replay.joinable()) replay.join();
    if (sessions) (void)sessions->flush();
    if (catalog) (void)catalog->flush_key_uses();
    if (queue) {
        queue->housekeep_now();
        queue->close();
    }
}

}  // namespace belfry::app
