#include "net/framed_stream.h"

#include "net/listener.h"
#include "net/loop.h"
#include "support/http_fixture.h"

#include <doctest/doctest.h>

#include <mutex>

namespace belfry::net {
namespace {

struct Fixture {
    std::mutex mutex;  // guards all below
    std::string received;
    std::vector<FrameLoss> losses;
    int closed = 0;
    bool room = true;
    int asked = 0;

    std::shared_ptr<FramedStreamOptions> options = std::make_shared<FramedStreamOptions>();
    std::unique_ptr<Loop> loop = Loop::start("test-loop").value();
    std::unique_ptr<TcpListener> listener;

    explicit Fixture(Framing framing, int64_t idle_ms = 60'000) {
        options->framing = framing;
        options->frame_bytes_max = 100;
        options->idle_ms = idle_ms;
        options->on_messages = [this](std::string_view messages, const Address&) {
            const std::lock_guard lock(mutex);
            asked++;
            if (room) received += messages;
            return room;
        };
        options->on_lost = [this](FrameLoss loss, const Address&) {
            const std::lock_guard lock(mutex);
            losses.push_back(loss);
        };
        options->on_closed = [this] {
            const std::lock_guard lock(mutex);
            closed++;
        };
        const auto accept = [this](const std::shared_ptr<Connection>& connection) {
            connection->set_handler(std::make_unique<FramedStream>(*connection, options));
            connection->start_reading();
        };
        listener = TcpListener::open(*loop, {"127.0.0.1", 0}, accept).value();
    }
    ~Fixture() {
        listener.reset();
        loop.reset();
    }
    tests::RawClient client() { return tests::RawClient(listener->address().port); }
    std::string text() {
        const std::lock_guard lock(mutex);
        return received;
    }
};

TEST_CASE("lines are handed on whole, the last one without its line feed") {
    Fixture f(Framing::lines);
    tests::RawClient client = f.client();
    client.send("one\ntw");
    CHECK(tests::eventually([&] { return f.text() == "one\n"; }));
    client.send("o\nthree");
    client.end();
    CHECK(client.closed_by_peer());
    CHECK(f.text() == "one\ntwo\nthree\n");
    CHECK(tests::eventually([&] {
        const std::lock_guard lock(f.mutex);
        return f.closed == 1;
    }));
}

TEST_CASE("a line that is too large is skipped and counted, the ones behind it are not") {
    Fixture f(Framing::lines);
    tests::RawClient client = f.client();
    client.send("a\n" + std::string(101, 'x'));
    CHECK(tests::eventually([&] {
        const std::lock_guard lock(f.mutex);
        return f.losses.size() == 1;
    }));
    client.send(std::string(1'000, 'x'));
    client.send("\nb\n");
    client.end();
    CHECK(client.closed_by_peer());
    CHECK(f.text() == "a\nb\n");
    CHECK(f.losses == std::vector{FrameLoss::too_large});
}

TEST_CASE("sized messages are handed on whole; one that is too large or cut ends the connection") {
    const std::string message("\0\0\0\3abc", 7);
    Fixture f(Framing::sized_be32);
    tests::RawClient client = f.client();
    client.send(message + message + message.substr(0, 5));
    CHECK(tests::eventually([&] { return f.text() == message + message; }));
    client.end();
    CHECK(client.closed_by_peer());
    CHECK(f.losses == std::vector{FrameLoss::cut_short});
    tests::RawClient large = f.client();
    large.send(std::string("\xff\0\0\0", 4));
    CHECK(large.closed_by_peer());
    CHECK(f.losses.back() == FrameLoss::too_large);
    CHECK(f.text() == message + message);
}

TEST_CASE("without room a stream waits and loses nothing") {
    Fixture f(Framing::lines);
    f.room = false;
    tests::RawClient client = f.client();
    client.send("one\n");
    CHECK(tests::eventually([&] {
        const std::lock_guard lock(f.mutex);
        return f.asked > 2;
    }));
    client.send("two\n");
    client.end();
    {
        const std::lock_guard lock(f.mutex);
        f.room = true;
    }
    CHECK(client.closed_by_peer());
    CHECK(f.text() == "one\ntwo\n");
    CHECK(f.losses.empty());
}

TEST_CASE("what a browser was made to post is not taken for lines") {
    Fixture f(Framing::lines);
    tests::RawClient client = f.client();
    client.send("POST / HTTP/1.1\r\nHost: 127.0.0.1:2003\r\n\r\nforged 1\n");
    CHECK(client.closed_by_peer());
    CHECK(f.losses == std::vector{FrameLoss::http});
    CHECK(f.text().empty());
}

TEST_CASE("who sends nothing is closed") {
    Fixture f(Framing::lines, 20);
    CHECK(f.client().closed_by_peer());
}

}  // namespace
}  // namespace belfry::net
