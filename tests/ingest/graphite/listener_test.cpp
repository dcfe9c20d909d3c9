#include "ingest/graphite/listener.h"

#include "support/datagrams.h"
#include "support/http_fixture.h"
#include "support/recording_sink.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace belfry;
using ingest::graphite::decode_line;

namespace {

constexpr int64_t NOW_MS = 1'795'348'800'000;

struct Fixture {
    ManualClock clock{NOW_MS};
    ingest::ReceiverStats stats{clock, "graphite_test", "Graphite", ""};
    tests::RecordingSink recorder;
    std::mutex mutex;  // guards recorder
    ingest::graphite::GraphiteConfig config{.listen = "127.0.0.1:0", .pickle_listen = "127.0.0.1:0"};
    std::unique_ptr<ingest::graphite::GraphiteReceiver> receiver;

    void open() {
        const auto sink = [this, inner = recorder.sink()](const ingest::WireBatch& batch) {
            const std::lock_guard lock(mutex);
            return inner(batch);
        };
        receiver = ingest::graphite::GraphiteReceiver::open(clock, config, sink, stats).value();
    }
    [[nodiscard]] bool has_rows(size_t count) {
        return tests::eventually([&] {
            const std::lock_guard lock(mutex);
            return recorder.rows.size() >= count;
        });
    }
    [[nodiscard]] uint64_t refused(const std::string& reason) const {
        for (const auto& r : stats.snapshot().refusals) {
            if (r.reason == reason) return r.total;
        }
        return 0;
    }
};

}  // namespace

TEST_CASE("a line is path, value and perhaps a time") {
    const auto point = [](std::string_view line) { return decode_line(line, 5).value(); };
    CHECK(point("a.b.c 1.5 1795348800").series == "a.b.c");
    CHECK(point("a.b.c 1.5 1795348800").value == 1.5);
    CHECK(point("a.b.c 1.5 1795348800").time_ms == NOW_MS);
    CHECK(point("  a\t-1e3\t1795348800.25  ").time_ms == NOW_MS + 250);
    for (const char* line : {"a 1", "a 1 -1", "a 1 N", "a 1 "})
        CHECK(point(line).time_ms == 5);
    CHECK(point("a inf 1").value == std::numeric_limits<double>::infinity());
    for (const char* bad : {"", "a", "a ", "a x 1", "a nan 1", "a 1 x", "a 1 -2", "a 1 1e30", "a 1 nan", "a 0x10 1",
                            "a 1 2 3", "a b 1 2", "a 1 99999999999999"})
        CHECK_MESSAGE(!decode_line(bad, 5).ok(), bad);
}

TEST_CASE("a path is the name, its tags are labels") {
    const auto labels = [](std::string_view wire) -> std::string {
        std::vector<model::Label> out;
        std::vector<std::string> arena;
        const Status status = ingest::graphite::graphite_labels().decode(wire, out, arena);
        return status.ok() ? model::Labels::from(std::move(out)).to_string() : "bad";
    };
    CHECK(labels("a.b") == "a.b");
    CHECK(labels("disk.used;host=a;dc=eu=1") == R"(disk.used{dc="eu=1",host="a"})");
    for (const char* bad : {";a=b", "", "a;", "a;b", "a;=b", "a;b=", "a;__name__=x"})
        CHECK_MESSAGE(labels(bad) == "bad", bad);
}

TEST_CASE("lines by TCP and UDP and pickles by TCP are stored") {
    Fixture f;
    f.open();
    f.receiver->start();
    CHECK(f.stats.snapshot().listens_on.find("tcp 127.0.0.1:") == 0);
    tests::RawClient tcp(f.receiver->lines_tcp()->port);
    tcp.send("a.tcp 1 1795348800\r\nbad\nb.tcp;host=x 2 -1");
    tcp.end();
    CHECK(tcp.closed_by_peer());
    CHECK(f.has_rows(2));
    CHECK(tests::DatagramSender(*f.receiver->lines_udp()).send("a.udp 3\nb.udp 4\n"));
    CHECK(f.has_rows(4));
    std::ifstream file("tests/fuzz/corpus/pickle/protocol2", std::ios::binary);
    const std::string pickle((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    std::string message("\0\0", 2);
    message += static_cast<char>(pickle.size() >> 8);
    message += static_cast<char>(pickle.size());
    tests::RawClient pickles(f.receiver->pickles()->port);
    pickles.send(message + pickle + message + pickle);
    CHECK(f.has_rows(14));
    f.receiver->stop();
    CHECK(f.recorder.rows[0].series == "a.tcp");
    CHECK(f.recorder.rows[1].series == R"(b.tcp{host="x"})");
    CHECK(f.recorder.rows[1].time_ms == NOW_MS);
    CHECK(f.recorder.rows[3].series == "b.udp");
    CHECK(f.recorder.rows[4].series == "servers.web01.load");
    CHECK(f.stats.snapshot().records_total == 14);
    CHECK(f.stats.snapshot().senders == 1);
    CHECK(f.refused("malformed") == 1);
}

TEST_CASE("what came before the start waits, what came before the stop is written") {
    Fixture f;
    f.open();
    tests::RawClient tcp(f.receiver->lines_tcp()->port);
    tcp.send("early 1\n");
    tcp.end();
    CHECK(tcp.closed_by_peer());
    CHECK(f.recorder.rows.empty());
    f.receiver->start();
    f.receiver->stop();
    CHECK(f.recorder.rows.size() == 1);
}

TEST_CASE("HTTP requests and pickles beyond the limit close the connection, with the reason") {
    Fixture f;
    f.config.pickle_bytes_max = 1'000;
    f.open();
    tests::RawClient http(f.receiver->lines_tcp()->port);
    http.send("POST /x HTTP/1.1\r\n\r\nforged 1\n");
    CHECK(http.closed_by_peer());
    CHECK(f.refused("http") == 1);
    tests::RawClient large(f.receiver->pickles()->port);
    large.send(std::string("\0\0\xff\xff", 4));
    CHECK(large.closed_by_peer());
    CHECK(f.refused("too_large") == 1);
    for (const auto& r : f.stats.snapshot().refusals) {
        if (r.reason == "too_large") CHECK(r.message.find("graphite.pickle_bytes_max") != std::string::npos);
    }
}

TEST_CASE("connections beyond the limit are closed and counted") {
    Fixture f;
    f.config.sockets.connections_max = 1;
    f.open();
    tests::RawClient first(f.receiver->lines_tcp()->port);
    tests::RawClient second(f.receiver->lines_tcp()->port);
    CHECK(second.closed_by_peer());
    CHECK(f.refused("connections") == 1);
}

TEST_CASE("a full intake drops datagrams, counted, and makes streams wait") {
    Fixture f;
    f.config.sockets.waiting_bytes_max = 10;
    f.open();
    const tests::DatagramSender sender(*f.receiver->lines_udp());
    CHECK(tests::eventually([&] {
        sender.send("a.udp 1\n");
        return f.refused("overloaded") > 0;
    }));
    tests::RawClient tcp(f.receiver->lines_tcp()->port);
    tcp.send("late.tcp 1\n");
    tcp.end();
    f.receiver->start();
    CHECK(tcp.closed_by_peer());
    CHECK(f.has_rows(2));
    f.receiver->stop();
    CHECK(f.recorder.rows.back().series == "late.tcp");
}

TEST_CASE("a busy port is told, the others are open") {
    Fixture one;
    one.open();
    Fixture two;
    two.config.listen = one.receiver->lines_tcp()->to_string();
    two.open();
    CHECK(!two.receiver->lines_tcp());
    CHECK(!two.receiver->lines_udp());
    CHECK(two.receiver->pickles());
    CHECK(two.stats.snapshot().listens_on.find("not open: listen on") != std::string::npos);
}

TEST_CASE("a full queue is asked again, then what it refuses is counted") {
    int calls = 0;
    ingest::PatientSink sink(
        [&](const ingest::WireBatch&) -> Result<ingest::WriteOutcome> {
            if (++calls < 3) return make_error(Code::exhausted, "full");
            return ingest::WriteOutcome{};
        },
        100);
    CHECK(sink.write({}).ok());
    CHECK(calls == 3);
    Fixture f;
    f.recorder.error = make_error(Code::invalid, "no");
    f.open();
    tests::RawClient tcp(f.receiver->lines_tcp()->port);
    tcp.send("a 1\n");
    tcp.end();
    CHECK(tcp.closed_by_peer());
    f.receiver->start();
    f.receiver->stop();
    CHECK(f.refused("invalid") == 1);
}
