#include "ingest/self/listener.h"

#include "base/counter.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

TEST_CASE("own counters are written as series of job belfry") {
    ManualClock clock{1'795'348'800'000};
    Counter counter("belfry_self_test_total", "A counter of this test.", {{"kind", "x"}});
    counter.add(7);
    Timing timing("belfry_self_test_seconds", "A timing of this test.");
    timing.observe_ns(1'000'000);
    ingest::ReceiverStats stats(clock, "self_test", "Belfry itself", "");
    tests::RecordingSink recorder;
    ingest::self::SelfCollector collector(clock, {}, "tower-1", recorder.sink(), stats);
    collector.tick();
    const auto value = [&](std::string_view series) -> double {
        for (const auto& row : recorder.rows) {
            if (row.series == series) return row.value;
        }
        return -1;
    };
    CHECK(value(R"(belfry_self_test_total{instance="tower-1",job="belfry",kind="x"})") == 7);
    CHECK(value(R"(belfry_self_test_seconds_count{instance="tower-1",job="belfry"})") == 1);
    CHECK(value(R"(belfry_self_test_seconds_bucket{instance="tower-1",job="belfry",le="+Inf"})") == 1);
    CHECK(value(R"(up{instance="tower-1",job="belfry"})") == 1);
    size_t described = 0;
    for (const auto& m : recorder.metadata) {
        if (m.name == "belfry_self_test_seconds") {
            described++;
            CHECK(m.type == model::MetricType::histogram);
        }
    }
    CHECK(described == 1);
    const size_t metadata = recorder.metadata.size();
    clock.advance_ms(10'000);
    collector.tick();
    CHECK(recorder.metadata.size() == metadata);
    recorder.error = make_error(Code::exhausted, "full");
    collector.tick();
    CHECK(stats.snapshot().refused_total > 0);
    collector.start();
    collector.stop();
}
