// The engine with its threads: more than its queues hold, to a receiver that hangs first and refuses now and then.
#include "notify/notify_fixture.h"

#include "base/json.h"

#include <condition_variable>
#include <map>
#include <mutex>

using namespace belfry;

namespace {

struct Receiver {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, int> taken;                        // by key
    std::map<std::string, std::vector<std::string>> states;  // by alarm
    size_t asked = 0;
    bool answers = false;  // until then it hangs

    http::FetchResponse take(const http::FetchRequest& request) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return answers; });
        if (++asked % 7 == 0) return {.status = 503, .headers = {}, .body = {}};
        const auto body = JsonView::parse(request.body);
        for (const auto& [name, value] : request.headers)
            if (name == "Idempotency-Key") ++taken[value];
        states[body->string_or("alarm_id", "")].push_back(body->string_or("state", ""));
        changed.notify_all();
        return {.status = 200, .headers = {}, .body = {}};
    }
};

class ReceiverLine final : public notify::Line {
  public:
    explicit ReceiverLine(Receiver& receiver) : receiver_(receiver) {}
    Result<http::FetchResponse> fetch(const http::Url&, const http::FetchRequest& request) override {
        return receiver_.take(request);
    }
    Status mail(const notify::MailServer&, const notify::Mail&) override { return {}; }

  private:
    Receiver& receiver_;
};

}  // namespace

TEST_CASE("a storm that spills into the store loses nothing, doubles nothing and keeps each alarm's order") {
    constexpr size_t ALARMS = 300;
    tests::NotifyFixture f;
    f.method("hook");
    f.definition({"hook"}, {"hook"});
    f.engine.reset();
    Receiver receiver;
    Clock& clock = system_clock();
    auto opened = notify::Engine::open({.clock = clock,
                                        .catalog = *f.catalog,
                                        .config = {.retry_interval_ms = 1,
                                                   .attempts_max = 50,
                                                   .connections_per_host = 2,
                                                   .workers_max = 2,
                                                   .queue_max = 10,
                                                   .store_ms = 1},
                                        .path = f.dir.file("storm.sqlite"),
                                        .external_url = "http://belfry",
                                        .make_line = [&] { return std::make_unique<ReceiverLine>(receiver); }});
    REQUIRE(opened.ok());
    notify::Engine& engine = **opened;
    engine.start();
    uint64_t offset = 0;
    for (const auto state : {model::AlarmState::alarm, model::AlarmState::ok})
        for (size_t i = 0; i < ALARMS; ++i) {
            auto event = f.transition("a" + std::to_string(i), state);
            event.at_ms = clock.now_ms();
            engine.apply(offset, offset + 1, {.origin = "threshold", .covered = 0, .events = {std::move(event)}});
            ++offset;
            if (offset != ALARMS) continue;
            const std::lock_guard lock(receiver.mutex);
            receiver.answers = true;
            receiver.changed.notify_all();
        }
    {
        std::unique_lock lock(receiver.mutex);
        CHECK(receiver.changed.wait_for(lock, std::chrono::seconds(60),
                                        [&] { return receiver.taken.size() == 2 * ALARMS; }));
    }
    engine.stop();
    CHECK(engine.stored_to() == 2 * ALARMS);
    size_t doubled = 0, disordered = 0;
    for (const auto& [key, times] : receiver.taken)
        doubled += times > 1;
    for (const auto& [id, states] : receiver.states)
        disordered += states != std::vector<std::string>{"ALARM", "OK"};
    CHECK(doubled == 0);
    CHECK(disordered == 0);
    const auto sent = engine.deliveries({.tenant = "default", .status = "sent", .limit = 2 * ALARMS + 1});
    REQUIRE(sent.ok());
    CHECK(sent->size() == 2 * ALARMS);
    CHECK(engine.health("hook").pending == 0);
}
