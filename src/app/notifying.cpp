// Notifications: a consumer of topic `transitions` of its own, the alerts of other programs, and the APIs of both.
#include "api/alertmanager/alertmanager_api.h"
#include "api/belfry/notification_routes.h"
#include "app/notify_stage.h"
#include "app/parts.h"
#include "base/log.h"

namespace belfry::app {
namespace {

constexpr int64_t OUTSIDE_TICK_MS = 1'000;

}  // namespace

// Before the log's retention starts: it must know what is not told yet.
Status App::Parts::open_notify() {
    notifier = TRY(notify::Engine::open(
        {.clock = clock,
         .catalog = *catalog,
         .config = config.notify,
         .path = data.path() + "/notify.sqlite",
         .external_url = "http://" + config.server.listen,
         .alarms = [this](std::string_view tenant) { return alarms->alarms(tenant); },
         .find_alarm = [this](std::string_view tenant, std::string_view id) { return alarms->find(tenant, id); }}));
    notify_stage = std::make_unique<NotifyStage>(*notifier);
    notify_consumer = std::make_unique<consumer::TopicConsumer>(
        *queue, static_cast<uint32_t>(queue::Topic::transitions), consumer::AlarmStage::decode);
    notify_consumer->add_stage(*notify_stage);
    outside_alarms = std::make_unique<notify::OutsideAlarms>(
        notify::OutsideAlarms::Parts{.clock = clock, .config = config.notify, .store = *alarms, .log = *alarm_log});
    return notify_consumer->start().context("start the notification consumer");
}

void App::Parts::open_notify_routes() {
    api::add_notification_routes(
        router, {.clock = clock,
                 .engine = *notifier,
                 .catalog = *catalog,
                 .changes = *changes,
                 .alarms = *alarms,
                 .policy = access_policy()});
    api::add_alertmanager_routes(router, {.clock = clock,
                                          .engine = *notifier,
                                          .catalog = *catalog,
                                          .changes = *changes,
                                          .alarms = *alarms,
                                          .outside = *outside_alarms});
}

// Once the catalog and the alarms are as the log says.
void App::Parts::start_notify() {
    notifier->start();
    outside_alarms->restore();
    outside_watch = std::make_unique<Periodic>("outside-alarms", OUTSIDE_TICK_MS, [this] {
        if (Status done = outside_alarms->end_overdue(); !done.ok())
            log_warn("app", "alerts of other programs that are over stay for now", {{"error", done.error().message}});
    });
}

void App::Parts::tidy_notify() {
    if (Status done = notifier->trim(); !done.ok())
        log_warn("app", "the delivery log was not trimmed", {{"error", done.error().message}});
}

void App::Parts::stop_notify() {
    outside_watch.reset();
    if (notifier) notifier->stop();
    if (notify_consumer) notify_consumer->stop();
}

}  // namespace belfry::app
