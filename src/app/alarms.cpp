// Alarms: what is known of them, and how they are written.
#include "api/belfry/alarm_routes.h"
#include "app/parts.h"
#include "base/log.h"

namespace belfry::app {

Status App::Parts::open_alarms() {
    alarms = TRY(catalog::AlarmStore::open(data.alarms(), config.alarms, clock).context("open the alarm store"));
    alarm_stage = std::make_unique<consumer::AlarmStage>(*alarms);
    alarm_consumer = std::make_unique<consumer::TopicConsumer>(*queue, static_cast<uint32_t>(queue::Topic::transitions),
                                                               consumer::AlarmStage::decode);
    alarm_consumer->add_stage(*alarm_stage);
    TRY(alarm_consumer->start().context("start the alarm consumer"));
    alarm_log = std::make_unique<QueueAlarmLog>(*queue);
    return {};
}

void App::Parts::open_desk() {
    desk = std::make_unique<alarm::Desk>(alarm::Desk::Parts{
        .clock = clock, .store = *alarms, .log = *alarm_log, .catalog = *catalog, .changes = *changes});
    definitions = std::make_unique<alarm::Definitions>(alarm::Definitions::Parts{
        .catalog = *catalog, .changes = *changes, .desk = *desk, .config = config.alarm_desk, .expressions = config.threshold.limits});
}

void App::Parts::open_alarm_api() {
    api::add_alarm_routes(router, {.clock = clock,
                                   .store = *alarms,
                                   .catalog = *catalog,
                                   .desk = *desk,
                                   .definitions = *definitions,
                                   .engine = *engine,
                                   .limits = config.query,
                                   .value_now = {},
                                   .sub_alarms_now = {},
                                   .notified = {}});
}

// Housekeeping, once a minute.
void App::Parts::tidy_alarms() {
    if (Status done = alarms->trim(); !done.ok())
        log_warn("app", "the history of alarms was not trimmed", {{"error", done.error().message}});
    if (!readiness.reasons().empty()) return;
    if (const Result<size_t> removed = desk->remove_orphans(); !removed.ok())
        log_warn("app", "alarms of removed definitions stay for now", {{"error", removed.error().message}});
}

}  // namespace belfry::app
