#include "alarm/desk/ready_made.h"

#include "alarm/desk/desk_fixture.h"
#include "alarm/rules/split.h"
#include "query/promql/engine.h"
#include "query/workers.h"
#include "support/memory_source.h"

#include <set>

using namespace belfry;
using namespace belfry::tests;

namespace {

bool all(alarm::Watches) {
    return true;
}

constexpr int64_t NOW_MS = 1'700'000'000'000;
constexpr int64_t MINUTE_MS = 60'000;

/// Where the ready-made alarm of that key rings over those samples: the values of one label, joined.
std::string rings(const test::MemorySource& source, std::string_view key, std::string_view label) {
    for (const alarm::ReadyMade& entry : alarm::ready_made()) {
        if (entry.key != key) continue;
        query::Workers workers{0};
        const promql::Engine engine{source, workers};
        query::Budget budget({}, system_clock());
        const auto result = engine.run_instant(entry.expression, NOW_MS, {}, budget).value();
        std::string out;
        for (const auto& series : result.series)
            out += std::string(series.labels.get(label)) + ";";
        return out;
    }
    return "there is none of that key";
}

}  // namespace

TEST_CASE("every ready-made alarm is a valid definition whose value can be drawn") {
    DeskFixture f;
    std::set<std::string_view> keys;
    for (const alarm::ReadyMade& entry : alarm::ready_made()) {
        CAPTURE(entry.key);
        CHECK(keys.insert(entry.key).second);
        const Status checked = f.definitions.check(alarm::to_definition(entry));
        CAPTURE((checked.ok() ? "" : checked.error().message));
        CHECK(checked.ok());
        CHECK(alarm::read_condition(entry.expression)->split);
        CHECK_FALSE(entry.what_to_do.empty());
    }
}

TEST_CASE("ready-made alarms are made once: what is deleted stays deleted, what is switched on later comes then") {
    DeskFixture f;
    const auto make = [&](const std::function<bool(alarm::Watches)>& wanted) {
        return alarm::make_ready_made(f.definitions, *f.catalog, f.changes, wanted).value();
    };
    catalog::AlarmDefinition own{
        .name = "CPU busy", .language = catalog::AlarmLanguage::promql, .expression = "up < 1"};
    REQUIRE(f.definitions.create(own, "ana").ok());
    const size_t without_host = make([](alarm::Watches what) { return what != alarm::Watches::host; });
    CHECK(without_host > 3);
    const size_t host = make(all);
    CHECK(without_host + host == alarm::ready_made().size() - 1);  // the user's own of one name stands
    const auto made = f.definitions.list("default");
    CHECK(made.size() == alarm::ready_made().size());
    for (const auto& d : made)
        if (d->ready_made) REQUIRE(f.definitions.remove("default", d->id, "ana").ok());
    CHECK(make(all) == 0);
    CHECK(f.definitions.list("default").size() == 1);
}

TEST_CASE("a disk is forecast only from hours of samples, and only when it is not roomy") {
    test::MemorySource source;
    const auto fill = [&](std::string_view mount, int minutes, double share, double bytes_a_minute) {
        const model::Labels size{{"__name__", "node_filesystem_size_bytes"}, {"fstype", "ext4"}, {"mountpoint", mount}};
        const model::Labels left{
            {"__name__", "node_filesystem_avail_bytes"}, {"fstype", "ext4"}, {"mountpoint", mount}};
        for (int minute = minutes; minute >= 0; --minute) {
            source.add(size, NOW_MS - minute * MINUTE_MS, 1e11);
            source.add(left, NOW_MS - minute * MINUTE_MS, share * 1e11 + minute * bytes_a_minute);
        }
    };
    fill("/fills", 400, 0.3, 1e8);
    fill("/just-seen", 5, 0.3, 1e9);
    fill("/slow", 400, 0.3, 1e3);
    fill("/roomy", 400, 0.5, 1e8);
    CHECK(rings(source, "host_disk_forecast", "mountpoint") == "/fills;");
}

TEST_CASE("samples have stopped coming only of what came for hours") {
    test::MemorySource source;
    const auto came = [&](std::string_view receiver, int first, int last) {
        const model::Labels labels{{"__name__", "belfry_ingest_records_total"}, {"receiver", receiver}};
        double records = 0;
        for (int minute = 420; minute >= 0; --minute) {
            if (minute <= first && minute > last) records += 60;
            source.add(labels, NOW_MS - minute * MINUTE_MS, records);
        }
    };
    came("goes on", 420, 0);
    came("stopped", 420, 15);
    came("an import", 60, 40);
    came("never", 0, 0);
    CHECK(rings(source, "belfry_silent_sender", "receiver") == "stopped;");
}
