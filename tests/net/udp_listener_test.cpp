#include "net/udp_listener.h"

#include "net/loop.h"
#include "net/port_owner.h"
#include "support/datagrams.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

#include <mutex>

#include <unistd.h>

namespace belfry::net {
namespace {

struct Inbox {
    std::mutex mutex;  // guards all below
    std::vector<std::string> datagrams;
    std::vector<std::string> senders;
    uint64_t dropped = 0;

    UdpListener::Events events() {
        return {.on_datagrams =
                    [this](const Datagrams& batch) {
                        const std::lock_guard lock(mutex);
                        size_t begin = 0;
                        for (const uint32_t end : batch.ends) {
                            datagrams.push_back(batch.bytes.substr(begin, end - begin));
                            senders.push_back(batch.sender);
                            begin = end;
                        }
                    },
                .on_dropped =
                    [this](uint64_t count) {
                        const std::lock_guard lock(mutex);
                        dropped += count;
                    }};
    }
    size_t count() {
        const std::lock_guard lock(mutex);
        return datagrams.size();
    }
};

TEST_CASE("datagrams come whole, in order, with their sender") {
    Inbox inbox;
    auto loop = Loop::start("test-loop").value();
    auto listener = UdpListener::open(*loop, {"127.0.0.1", 0}, inbox.events()).value();
    const tests::DatagramSender sender(listener->address());
    for (int i = 0; i < 100; i++)
        sender.send("datagram " + std::to_string(i));
    sender.send("");
    sender.send(std::string(65'507, 'x'));
    CHECK(tests::eventually([&] { return inbox.count() == 102; }));
    CHECK(inbox.datagrams[99] == "datagram 99");
    CHECK(inbox.datagrams[100].empty());
    CHECK(inbox.datagrams[101].size() == 65'507);
    CHECK(inbox.senders[0] == "127.0.0.1");
    CHECK(find_udp_port_owner(listener->address().port)->pid == ::getpid());
}

TEST_CASE("a busy UDP port names its owner") {
    Inbox inbox;
    auto loop = Loop::start("test-loop").value();
    auto first = UdpListener::open(*loop, {"127.0.0.1", 0}, inbox.events()).value();
    const auto second = UdpListener::open(*loop, first->address(), inbox.events());
    REQUIRE(!second.ok());
    CHECK(second.error().message.find(std::to_string(::getpid())) != std::string::npos);
    CHECK(!UdpListener::open(*loop, {"192.0.2.1", 0}, inbox.events()).ok());
}

TEST_CASE("what the kernel drops is counted") {
    Inbox inbox;
    auto loop = Loop::start("test-loop").value();
    auto listener = UdpListener::open(*loop, {"127.0.0.1", 0}, inbox.events()).value();
    const tests::DatagramSender sender(listener->address());
    const std::string large(60'000, 'x');
    uint64_t sent = 0;
    loop->run([&] {  // the loop does not read meanwhile; 8 MiB is the most the socket may hold
        for (int i = 0; i < 400; i++)
            sent += sender.send(large);
    });
    CHECK(tests::eventually([&] {
        sender.send("x");  // the count of losses rides on the next datagram
        sent++;
        const std::lock_guard lock(inbox.mutex);
        return inbox.dropped > 0;
    }));
    CHECK(inbox.dropped < sent);
}

}  // namespace
}  // namespace belfry::net
