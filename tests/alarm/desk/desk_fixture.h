#pragma once

#include "alarm/desk/definitions.h"
#include "alarm/desk/desk.h"
#include "support/loop_alarm_log.h"
#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

namespace belfry::tests {

/// A desk over a catalog and an alarm store without a queue.
struct DeskFixture {
    static constexpr int64_t NOW_MS = 1'700'000'000'000;
    TempDir dir;
    ManualClock clock{NOW_MS};
    catalog::CatalogConfig config{.apply_wait_ms = 20};
    std::unique_ptr<catalog::Catalog> catalog =
        std::move(catalog::Catalog::open(dir.file("c.sqlite"), config, clock)).value();
    LoopChangeLog change_log{*catalog};
    catalog::Changes changes{change_log, *catalog, clock};
    std::unique_ptr<catalog::AlarmStore> store =
        std::move(catalog::AlarmStore::open(dir.file("a.sqlite"), {}, clock)).value();
    LoopAlarmLog log{*store};
    alarm::Desk desk{{clock, *store, log, *catalog, changes}};
    alarm::Definitions definitions{{*catalog, changes, desk, {}, {}}};

    /// As an engine makes it.
    void add(const std::string& id,
             model::AlarmState state,
             const std::string& definition_id = "d1",
             const std::string& tenant = "default",
             model::AlarmSource source = model::AlarmSource::outside) {
        model::Alarm alarm{.id = id,
                           .tenant = tenant,
                           .source = source,
                           .definition_id = definition_id,
                           .name = "cpu busy",
                           .severity = model::Severity::high,
                           .labels = {{"host", id}},
                           .metrics = {{"cpu", {{"host", id}}}},
                           .state = state,
                           .reason = "because",
                           .value = 5,
                           .state_updated_ms = clock.now_ms(),
                           .created_ms = clock.now_ms(),
                           .updated_ms = clock.now_ms()};
        model::AlarmEvent event{
            .kind = model::AlarmEvent::Kind::created, .id = "e" + id, .at_ms = clock.now_ms(), .alarm = alarm};
        REQUIRE(log.submit({.origin = "threshold", .covered = 0, .events = {event}}).ok());
    }
    void add_method(const std::string& id, const std::string& tenant = "default") {
        const catalog::NotificationMethod method{
            .id = id, .tenant = tenant, .name = "method " + id, .type = "WEBHOOK", .address = "http://x/"};
        REQUIRE(changes.save_document(catalog::to_document(method), "ana").ok());
    }
};

}  // namespace belfry::tests
