#include "net/address.h"
#include "net/connection.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/port_owner.h"
#include "net/sniff.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

#include <unistd.h>

namespace belfry::net {
namespace {

TEST_CASE("addresses are read and written") {
    CHECK(Address::parse("127.0.0.1:2353").value().to_string() == "127.0.0.1:2353");
    CHECK(Address::parse("[::1]:80").value().to_string() == "[::1]:80");
    CHECK(Address::parse(":2354").value().to_string() == "127.0.0.1:2354");
    CHECK(Address::parse("localhost:0").value().is_loopback());
    CHECK(Address::parse("*:1").value().host == "0.0.0.0");
    for (const char* bad : {"", "2353", "127.0.0.1", "::1:80", "[::1]", "example.org:80", "127.0.0.1:65536",
                            "127.0.0.1:-1", "[127.0.0.1]:1", "1.2.3:4"})
        CHECK(!Address::parse(bad).ok());
}

TEST_CASE("loopback is told from everything else") {
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"})
        CHECK(is_loopback_host(host));
    for (const char* host : {"0.0.0.0", "128.0.0.1", "::", "::ffff:10.0.0.1", "localhost", "", "127.0.0.1.evil"})
        CHECK(!is_loopback_host(host));
}

TEST_CASE("first bytes tell the protocol as early as they can") {
    CHECK(sniff("") == FirstBytes::need_more);
    CHECK(sniff("G") == FirstBytes::http1);
    CHECK(sniff("P") == FirstBytes::need_more);
    CHECK(sniff("PO") == FirstBytes::http1);
    CHECK(sniff("PRI * HTTP/2.0\r\n") == FirstBytes::need_more);
    CHECK(sniff("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n....") == FirstBytes::http2);
    CHECK(sniff("PRI * HTTP/1.1") == FirstBytes::http1);
    CHECK(sniff("\x16") == FirstBytes::need_more);
    CHECK(sniff("\x16\x03\x01") == FirstBytes::tls);
    CHECK(sniff("\x16\x02") == FirstBytes::other);
    CHECK(sniff(std::string_view("\0", 1)) == FirstBytes::other);
}

/// Sends back what it gets; says goodbye when the peer ends.
class Echo : public StreamHandler {
  public:
    explicit Echo(Connection& connection) : connection_(connection) {}
    void on_bytes(std::string_view bytes) override { connection_.write({std::string(bytes), {}, {}}); }
    void on_end() override {
        connection_.write({"bye", {}, {}});
        connection_.end_writing();
    }
    void on_written() override {}
    void on_deadline() override { connection_.close(); }
    void on_closed() override {}

  private:
    Connection& connection_;
};

TEST_CASE("a listener carries any protocol") {
    auto loop = Loop::start("test-loop").value();
    const auto accept = [](const std::shared_ptr<Connection>& connection) {
        connection->set_handler(std::make_unique<Echo>(*connection));
        connection->set_deadline_ms(50);
        connection->start_reading();
    };
    auto listener = TcpListener::open(*loop, {"127.0.0.1", 0}, accept).value();
    CHECK(listener->address().port > 0);
    CHECK(find_port_owner(listener->address().port)->pid == ::getpid());
    tests::RawClient client(listener->address().port);
    client.send("hello ");
    client.end();
    std::string rest;
    CHECK(client.closed_by_peer(&rest));
    CHECK(rest == "hello bye");
    listener.reset();
    CHECK(tests::RawClient(0).fd() < 0);
}

TEST_CASE("work is posted to a loop in order, and a stopped loop takes none") {
    auto loop = Loop::start("test-loop").value();
    std::vector<int> seen;
    for (int i = 0; i < 100; ++i)
        loop->post([&seen, i] { seen.push_back(i); });
    loop->run([] {});
    CHECK(seen.size() == 100);
    CHECK(std::is_sorted(seen.begin(), seen.end()));
    std::unique_ptr<Timer> timer;
    std::atomic<int> fired{0};
    loop->run([&] {
        timer = std::make_unique<Timer>(*loop, [&] {
            ++fired;
            timer.reset();  // from within its own call
        });
        timer->every(1);
    });
    CHECK(tests::eventually([&] { return fired == 1; }));
    loop.reset();
    CHECK(fired == 1);
}

}  // namespace
}  // namespace belfry::net
