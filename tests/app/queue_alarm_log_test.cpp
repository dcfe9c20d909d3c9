#include "consumer/alarm_stage.h"

#include "app/queue_alarm_log.h"
#include "codec/transition_record.h"
#include "consumer/stats.h"
#include "consumer/topic_consumer.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

constexpr auto TOPIC = static_cast<uint32_t>(queue::Topic::transitions);

model::AlarmEvent created(const std::string& id) {
    model::AlarmEvent event{.kind = model::AlarmEvent::Kind::created, .id = "e-" + id, .at_ms = 5};
    event.alarm = {.id = id, .name = "cpu"};
    return event;
}

}  // namespace

TEST_CASE("what is submitted is applied in order and told; after a restart the log is decoded once") {
    const tests::TempDir dir;
    journal::JournalConfig journal;
    journal.directory = dir.file("log");
    journal.segment_bytes = 1 << 20;
    ManualClock clock(1000);
    const uint64_t bad = consumer::undecodable_records.value();
    for (int start = 0; start < 2; ++start) {
        const auto queue = std::move(queue::Queue::open(real_file_system(), system_clock(), {}, journal)).value();
        const auto store = std::move(catalog::AlarmStore::open(dir.file("a.sqlite"), {}, clock)).value();
        consumer::AlarmStage stage(*store);
        std::mutex mutex;
        std::vector<std::string> told;
        stage.listen([&](const model::AlarmBatch& batch) {
            const std::lock_guard lock(mutex);
            for (const model::AlarmEvent& event : batch.events) {
                CHECK(store->find("", event.alarm.id) != nullptr);
                told.push_back(event.alarm.id);
            }
        });
        app::QueueAlarmLog log(*queue);
        consumer::TopicConsumer consumer(*queue, TOPIC, consumer::AlarmStage::decode);
        consumer.add_stage(stage);
        if (start == 0) {
            // in the log, but in no store
            REQUIRE(log.submit({.origin = "threshold", .covered = 9, .events = {created("a"), created("b")}}).ok());
            REQUIRE(queue->append(queue::Topic::transitions, "garbage").value().wait().ok());
            REQUIRE(log.submit({.origin = "threshold", .events = {created("c")}}).ok());
            continue;
        }
        REQUIRE(consumer.start().ok());
        const auto offset = log.submit({.origin = "threshold", .events = {created("d")}});
        REQUIRE(offset.ok());
        REQUIRE(store->wait_applied(*offset, 5000));
        REQUIRE(consumer.catch_up(5000));
        CHECK(store->covered() == 9);
        CHECK(consumer::undecodable_records.value() == bad + 1);
        const std::lock_guard lock(mutex);
        CHECK(told == std::vector<std::string>{"a", "b", "c", "d"});
    }
}

TEST_CASE("a long batch becomes several records, the last of which says what is covered") {
    model::AlarmBatch batch{.origin = "threshold", .covered = 12};
    for (int i = 0; i < 100; ++i)
        batch.events.push_back(created(std::to_string(i)));
    const auto parts = app::cut_alarm_batch(batch, 8 * 1024);
    REQUIRE(parts.size() > 3);
    int next = 0;
    for (const model::AlarmBatch& part : parts) {
        CHECK(part.origin == "threshold");
        CHECK(part.covered == (&part == &parts.back() ? 12 : 0));
        for (const model::AlarmEvent& event : part.events)
            CHECK(event.alarm.id == std::to_string(next++));
        CHECK(app::alarm_batch_bytes(part) >= codec::encode_transitions(part).size() / 2);
    }
    CHECK(next == 100);
    CHECK(app::cut_alarm_batch({.origin = "threshold", .covered = 3}, 10).size() == 1);
}
