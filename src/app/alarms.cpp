// Alarms: what is known of them, and how they are written.
#include "alarm/desk/ready_made.h"
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
    definitions =
        std::make_unique<alarm::Definitions>(alarm::Definitions::Parts{.catalog = *catalog,
                                                                       .changes = *changes,
                                                                       .desk = *desk,
                                                                       .config = config.alarm_desk,
                                                                       .expressions = config.threshold.limits});
}

void App::Parts::open_alarm_api() {
    api::add_alarm_routes(router, {.clock = clock,
                                   .store = *alarms,
                                   .catalog = *catalog,
                                   .desk = *desk,
                                   .definitions = *definitions,
                                   .engine = *engine,
                                   .limits = config.query,
                                   .value_now = [this](const model::Alarm& alarm) -> std::optional<double> {
                                       if (alarm.source == model::AlarmSource::threshold)
                                           return threshold->current_value(alarm.id);
                                       if (alarm.source != model::AlarmSource::query) return std::nullopt;
                                       return queries->value(alarm.definition_id, alarm.id);
                                   },
                                   .sub_alarms_now =
                                       [this](const model::Alarm& alarm) {
                                           if (alarm.source != model::AlarmSource::threshold) return std::string();
                                           return threshold->sub_alarms_json(alarm.id).value_or("");
                                       },
                                   .notified =
                                       [this](const api::NotifiedQuery& query) {
                                           std::vector<api::NotifiedFacts> out;
                                           const auto rows = notifier->deliveries({.tenant = query.tenant,
                                                                                   .alarm_id = query.alarm_id,
                                                                                   .method_id = {},
                                                                                   .transition_id = {},
                                                                                   .status = {},
                                                                                   .limit = query.limit});
                                           if (!rows.ok()) return out;  // the alarm is told without them
                                           for (const notify::DeliveryRow& row : *rows)
                                               out.push_back({.transition_id = row.transition_id,
                                                              .method = row.method,
                                                              .type = row.type,
                                                              .at_ms = row.at_ms,
                                                              .status = row.status,
                                                              .detail = row.detail});
                                           return out;
                                       }});
}

// At the end of the replay: what the catalog holds is complete.
void App::Parts::make_first_alarms() {
    if (!config.alarm_desk.ready_made) return;
    const auto wanted = [this](alarm::Watches what) {
        switch (what) {
            case alarm::Watches::host: return config.host.enabled;
            case alarm::Watches::belfry: return config.self.enabled;
            case alarm::Watches::anything: return true;
        }
        return false;
    };
    const Result<size_t> made = alarm::make_ready_made(*definitions, *catalog, *changes, wanted);
    if (!made.ok())
        log_warn("app", "ready-made alarms were not made, the next start tries again",
                 {{"error", made.error().message}});
    else if (*made > 0)
        log_info("app", "ready-made alarms are on", {{"definitions", *made}});
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
