// Alarms: what is known of them, and how they are written.
#include "app/parts.h"

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

}  // namespace belfry::app
