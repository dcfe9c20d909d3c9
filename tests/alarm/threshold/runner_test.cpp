#include "alarm/threshold/runner.h"

#include "codec/metric_record.h"
#include "support/faulty_file.h"

#include <doctest/doctest.h>

#include <condition_variable>

namespace belfry::alarm {
namespace {

using model::AlarmState;
using Kind = model::AlarmEvent::Kind;
using belfry::tests::FaultyFileSystem;

/// What becomes of the engine's batches: the log and the store in one.
struct Book : catalog::AlarmLog {
    mutable std::mutex mutex;  // guards all
    std::condition_variable changed;
    std::vector<model::AlarmBatch> batches;
    std::map<std::string, model::Alarm> alarms;
    uint64_t covered = 0;
    Code refuse_with = Code::unavailable;
    bool refuse = false;
    size_t refused = 0;

    Result<uint64_t> submit(model::AlarmBatch batch) override {
        const std::lock_guard lock(mutex);
        changed.notify_all();
        if (refuse) {
            ++refused;
            return make_error(refuse_with, "no room");
        }
        covered = std::max(covered, batch.covered);
        for (const auto& event : batch.events) {
            if (event.kind == Kind::deleted)
                alarms.erase(event.alarm.id);
            else if (event.kind != Kind::joined)
                alarms[event.alarm.id] = event.alarm;
        }
        batches.push_back(std::move(batch));
        return batches.size() - 1;
    }
    std::string told() {
        std::string out;
        for (const auto& batch : batches)
            for (const auto& event : batch.events)
                if (event.kind == Kind::transition) out += model::to_string(event.alarm.state).substr(0, 1);
        return out;
    }
    std::string wait(const std::string& wanted) {
        std::unique_lock lock(mutex);
        (void)changed.wait_for(lock, std::chrono::seconds(10), [&] { return told() == wanted; });
        return told();
    }
};

struct Stage {
    FaultyFileSystem files{1};
    std::unique_ptr<queue::Queue> queue;
    Book book;
    std::mutex mutex;  // guards documents
    std::shared_ptr<const catalog::Documents> documents = std::make_shared<catalog::Documents>();
    std::unique_ptr<ThresholdRunner> runner;
    const model::Labels labels{{"__name__", "m"}, {"host", "a"}};

    Stage() {
        journal::JournalConfig journal;
        journal.directory = "/log";
        journal.segment_bytes = 64 << 10;
        queue::QueueConfig config;
        config.disk_reserve_bytes = 0;
        queue = queue::Queue::open(files, system_clock(), config, journal).value();
    }
    void open(ThresholdConfig config = {}) {
        auto opened = ThresholdRunner::open({.queue = *queue,
                                             .files = files,
                                             .clock = system_clock(),
                                             .log = book,
                                             .path = "/data/alarms/windows",
                                             .config = config,
                                             .definitions =
                                                 [this] {
                                                     const std::lock_guard lock(mutex);
                                                     return documents;
                                                 },
                                             .alarms =
                                                 [this] {
                                                     const std::lock_guard lock(book.mutex);
                                                     std::vector<std::shared_ptr<const model::Alarm>> out;
                                                     for (const auto& [id, alarm] : book.alarms)
                                                         out.push_back(std::make_shared<model::Alarm>(alarm));
                                                     return out;
                                                 },
                                             .covered =
                                                 [this] {
                                                     const std::lock_guard lock(book.mutex);
                                                     return book.covered;
                                                 },
                                             .labels_of =
                                                 [this](auto ids, const auto& visit) {
                                                     for (size_t i = 0; i < ids.size(); ++i)
                                                         visit(i, ids[i] == 1 ? labels.bytes() : "");
                                                 },
                                             .wait_applied = [](uint64_t) {}});
        REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
        runner = std::move(opened).value();
        runner->start();
    }
    void define(const std::string& expression) {
        catalog::AlarmDefinition d;
        d.id = "d1";
        d.name = "d";
        d.expression = expression;
        d.match_by = {"host"};
        auto next = std::make_shared<catalog::Documents>();
        (*next)["d1"] = std::make_shared<const catalog::Document>(catalog::to_document(d));
        const std::lock_guard lock(mutex);
        documents = std::move(next);
    }
    void put(double value) {
        model::MetricBatch batch;
        batch.times_ms = {system_clock().now_ms()};
        batch.ids = {1, 99};
        batch.time_index = {0, 0};
        batch.values = {value, value};
        std::string payload;
        codec::encode_metric_record(batch, payload);
        CHECK(queue->append(queue::Topic::metrics, std::move(payload))->wait().ok());
    }
    void stop() {
        runner->stop();
        runner.reset();
    }
};

}  // namespace

TEST_CASE("samples of the log become transitions, and a restart goes on from there") {
    Stage stage;
    stage.define("last(m) > 10");
    stage.open();
    stage.put(20);
    CHECK(stage.book.wait("A") == "A");
    stage.put(1);
    CHECK(stage.book.wait("AO") == "AO");
    const std::string id = stage.book.alarms.begin()->first;
    CHECK(stage.runner->current_value(id) == 1);
    CHECK(stage.runner->sub_alarms_json(id).value().find("\"OK\"") != std::string::npos);
    stage.stop();
    stage.put(30);
    stage.put(1);
    stage.put(40);
    stage.open();
    CHECK(stage.book.wait("AOAOA") == "AOAOA");
    CHECK(stage.book.alarms.size() == 1);
    stage.stop();
}

TEST_CASE("windows from before a crash meet transitions that were told: nothing is told twice, nothing is lost") {
    Stage stage;
    stage.define("last(m) > 10");
    stage.open();
    stage.put(20);
    CHECK(stage.book.wait("A") == "A");
    const std::string old = stage.files.content("/data/alarms/windows");
    stage.put(1);
    stage.put(20);
    stage.put(1);
    CHECK(stage.book.wait("AOAO") == "AOAO");
    stage.stop();
    stage.files.set_content("/data/alarms/windows", old);
    stage.put(30);
    stage.open();
    CHECK(stage.book.wait("AOAOA") == "AOAOA");
    stage.put(1);
    CHECK(stage.book.wait("AOAOAO") == "AOAOAO");
    stage.stop();
}

TEST_CASE("what the log did not take before a stop is decided again") {
    Stage stage;
    stage.define("last(m) > 10");
    stage.open();
    stage.put(1);
    CHECK(stage.book.wait("O") == "O");
    {
        const std::lock_guard lock(stage.book.mutex);
        stage.book.refuse = true;
    }
    stage.put(20);
    {
        std::unique_lock lock(stage.book.mutex);
        CHECK(stage.book.changed.wait_for(lock, std::chrono::seconds(10), [&] { return stage.book.refused > 0; }));
    }
    stage.stop();
    stage.book.refuse = false;
    stage.open();
    CHECK(stage.book.wait("OA") == "OA");
    stage.stop();
}

TEST_CASE("a log that is full for a while delays transitions and loses none") {
    Stage stage;
    stage.define("last(m) > 10");
    stage.book.refuse = true;
    stage.book.refuse_with = Code::exhausted;
    stage.open();
    stage.put(1);
    stage.put(20);
    stage.put(1);
    {
        std::unique_lock lock(stage.book.mutex);
        CHECK(stage.book.changed.wait_for(lock, std::chrono::seconds(10), [&] { return stage.book.refused > 0; }));
        stage.book.refuse = false;
    }
    CHECK(stage.book.wait("OAO") == "OAO");
    const std::lock_guard lock(stage.book.mutex);
    for (const auto& batch : stage.book.batches) {
        size_t changes = 0;
        for (const auto& event : batch.events)
            changes += event.kind == Kind::transition;
        CHECK(changes <= 1);  // a batch changes an alarm once
    }
}

TEST_CASE("a file of windows that is damaged is made again from the log") {
    Stage stage;
    stage.define("last(m) > 10");
    stage.open();
    stage.put(20);
    CHECK(stage.book.wait("A") == "A");
    stage.stop();
    stage.files.set_content("/data/alarms/windows", "BFWN nonsense");
    stage.put(1);
    stage.open();
    CHECK(stage.book.wait("AO") == "AO");
    stage.stop();
}

TEST_CASE("a definition that comes later counts from then on, what others do is heard") {
    Stage stage;
    stage.open();
    stage.put(20);
    stage.define("last(m) > 10");
    stage.put(30);
    CHECK(stage.book.wait("A") == "A");
    model::AlarmBatch by_hand;
    by_hand.origin = "api";
    model::AlarmEvent event;
    event.kind = Kind::deleted;
    event.alarm.id = stage.book.alarms.begin()->first;
    by_hand.events.push_back(event);
    stage.runner->tell(by_hand);
    stage.put(1);
    CHECK(stage.book.wait("AO") == "AO");
    CHECK(stage.book.alarms.size() == 2);
    stage.stop();
}

}  // namespace belfry::alarm
