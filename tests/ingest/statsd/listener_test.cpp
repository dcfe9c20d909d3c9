#include "ingest/statsd/listener.h"

#include "support/datagrams.h"
#include "support/http_fixture.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

struct Fixture {
    ManualClock clock{1'795'348'801'000};
    ingest::ReceiverStats stats{clock, "statsd_test", "statsd", ""};
    tests::RecordingSink recorder;
    std::unique_ptr<ingest::statsd::StatsdReceiver> receiver =
        ingest::statsd::StatsdReceiver::open(clock, {.listen = "127.0.0.1:0"}, recorder.sink(), stats).value();

    [[nodiscard]] uint64_t refused(const std::string& reason) const {
        for (const auto& r : stats.snapshot().refusals) {
            if (r.reason == reason) return r.total;
        }
        return 0;
    }
};

}  // namespace

TEST_CASE("datagrams and streams are counted, and written at the stop") {
    Fixture f;
    f.receiver->start();
    const tests::DatagramSender sender(*f.receiver->udp());
    CHECK(sender.send("hits:1|c\nhits:2|c|#a:b\n"));
    CHECK(sender.send("fuel:0.5|g"));
    CHECK(sender.send("_e{1,1}:a|b\n_sc|x|0\nbad"));
    tests::RawClient tcp(f.receiver->tcp()->port);
    tcp.send("hits:4|c\nt:1:2:3|ms");
    tcp.end();
    CHECK(tcp.closed_by_peer());
    CHECK(tests::eventually([&] { return f.stats.snapshot().records_total == 8 && f.refused("malformed") == 1; }));
    f.clock.advance_ms(2'000);
    f.receiver->stop();
    REQUIRE(f.recorder.rows.size() == 8);
    CHECK(f.recorder.rows[0].series == "hits");
    CHECK(f.recorder.rows[0].value == 0);
    CHECK(f.recorder.rows[1].value == 5);
    CHECK(f.recorder.rows[1].time_ms == 1'795'348'803'000);
    CHECK(f.recorder.rows[3].series == R"(hits{a="b"})");
    CHECK(f.recorder.rows[4].series == "fuel");
    CHECK(f.recorder.rows[5].series == "x");
    CHECK(f.recorder.metadata.size() == 5);
    CHECK(f.recorder.metadata[0].type == model::MetricType::counter);
    CHECK(f.refused("event_not_stored") == 1);
    CHECK(f.stats.snapshot().listens_on.find("udp 127.0.0.1:") != std::string::npos);
}

TEST_CASE("an interval ends by the clock") {
    Fixture f;
    f.receiver->start();
    const tests::DatagramSender sender(*f.receiver->udp());
    sender.send("hits:1|c");
    CHECK(tests::eventually([&] { return f.stats.snapshot().records_total == 1; }));
    f.clock.set_ms(1'795'348'812'345);
    sender.send("hits:1|c");  // wakes the thread
    CHECK(tests::eventually([&] { return f.stats.snapshot().records_total == 2; }));
    f.receiver->stop();
    CHECK(f.recorder.rows[1].time_ms == 1'795'348'810'000);
    CHECK(f.recorder.rows.back().value == 2);
}
