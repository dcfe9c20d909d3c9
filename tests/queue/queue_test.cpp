#include "queue/queue.h"

#include "base/log.h"
#include "support/faulty_file.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::queue;
using belfry::tests::FaultyFileSystem;

namespace {

struct Bench {
    FaultyFileSystem files{1};
    ManualClock clock{1'700'000'000'000};
    QueueConfig config;
    journal::JournalConfig journal;
    bool died = false;

    Bench() {
        journal.directory = "/log";
        journal.segment_bytes = 64 << 10;
        config.disk_reserve_bytes = 0;
        config.trim_bytes = 8 << 10;
    }
    std::unique_ptr<Queue> open() {
        auto q = Queue::open(files, clock, config, journal, [this](const Error&) { died = true; });
        REQUIRE_MESSAGE(q.ok(), (q.ok() ? "" : q.error().message));
        return std::move(q).value();
    }
};

std::unique_ptr<Consumer> consume(Queue& q, Topic topic, uint64_t position, ConsumerPolicy policy = ConsumerPolicy::must) {
    return q.add_consumer({.name = "c", .topic = static_cast<uint32_t>(topic), .policy = policy, .position = position}).value();
}

uint64_t put(Queue& q, Topic topic, std::string payload) {
    const auto ticket = q.append(topic, std::move(payload));
    REQUIRE_MESSAGE(ticket.ok(), (ticket.ok() ? "" : ticket.error().message));
    const auto offset = ticket->wait();
    REQUIRE(offset.ok());
    return *offset;
}

std::vector<std::string> drain(Consumer& c, uint64_t limit = 1 << 20) {
    std::vector<std::string> out;
    while (c.position() < c.end()) {
        const auto records = c.poll(0, limit);
        REQUIRE(records.ok());
        for (const RecordPtr& r : *records) out.emplace_back(r->payload);
    }
    return out;
}

}  // namespace

TEST_CASE("records come back in order from memory, and from the log after a restart") {
    Bench b;
    std::vector<std::string> expected;
    {
        const auto q = b.open();
        const uint64_t read_from_log_before = q->snapshot().read_from_log_total;  // counters live as long as the process
        const auto c = consume(*q, Topic::metrics, 0);
        for (int i = 0; i < 100; ++i) {
            expected.push_back(fmt::format("record {}", i));
            CHECK(put(*q, Topic::metrics, expected.back()) == static_cast<uint64_t>(i));
            put(*q, Topic::logs, "other");
        }
        CHECK(drain(*c, 100) == expected);
        CHECK(q->snapshot().read_from_log_total == read_from_log_before);
    }
    const auto q = b.open();
    const auto c = consume(*q, Topic::metrics, 0);
    CHECK(drain(*c) == expected);
    const auto half = consume(*q, Topic::metrics, 50);
    CHECK(drain(*half, 1).size() == 50);
    CHECK(q->end_offset(0) == 100);
}

TEST_CASE("the decoded form travels beside the bytes as long as the record is in memory") {
    Bench b;
    const auto q = b.open();
    const auto c = consume(*q, Topic::metrics, 0);
    Append record;
    record.payload = "x";
    record.decoded = std::make_shared<const int>(42);
    REQUIRE(q->append(std::move(record))->wait().ok());
    const auto records = c->poll(0);
    REQUIRE(records->size() == 1);
    CHECK(*static_cast<const int*>((*records)[0]->decoded.get()) == 42);
}

TEST_CASE("users' topics keep their number's place and their offsets over a restart") {
    Bench b;
    uint32_t id = 0;
    {
        const auto q = b.open();
        id = q->open_topic("orders").value();
        CHECK(id == BUILT_IN_TOPIC_COUNT);
        CHECK(q->open_topic("orders").value() == id);
        Append record{.topic = id, .payload = "batch", .decoded = nullptr, .record_count = 10};
        CHECK(q->append(record)->wait().value() == 0);
        CHECK(q->append(record)->wait().value() == 10);
    }
    const auto q = b.open();
    CHECK(q->open_topic("orders").value() == id);
    CHECK(q->end_offset(id) == 20);
    const auto missing = q->append(Append{.topic = 99, .payload = "", .decoded = nullptr});
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().code == Code::not_found);
}

TEST_CASE("a record too large is invalid, too many waiting is exhausted") {
    Bench b;
    b.config.pending_bytes_max = 1000;
    const auto q = b.open();
    const auto large = q->append(Topic::metrics, std::string(1001, 'x'));
    REQUIRE_FALSE(large.ok());
    CHECK(large.error().code == Code::invalid);
    put(*q, Topic::metrics, std::string(1000, 'x'));
}

TEST_CASE("a must consumer that lags makes senders wait, one that may skip does not") {
    Bench b;
    b.config.lag_bytes_max = 10'000;
    b.config.ring_bytes = 4'000;
    const auto q = b.open();
    const auto skipper = consume(*q, Topic::logs, 0, ConsumerPolicy::may_skip);
    for (int i = 0; i < 30; ++i) put(*q, Topic::logs, std::string(1000, 'x'));
    CHECK(drain(*skipper).empty());
    CHECK(q->snapshot().consumers[0].skipped == 30);

    const auto c = consume(*q, Topic::metrics, 0);
    for (int i = 0; i < 11; ++i) put(*q, Topic::metrics, std::string(1000, 'x'));
    const auto refused = q->append(Topic::metrics, "x");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::exhausted);
    CHECK_FALSE(q->accepting().ok());
    CHECK(q->snapshot().refused_total == 1);
    CHECK(drain(*c).size() == 11);
    CHECK_FALSE(q->append(Topic::metrics, "x").ok());  // read is not applied
    c->applied_up_to(11);
    CHECK(q->accepting().ok());
    CHECK(put(*q, Topic::metrics, "x") == 11);
}

TEST_CASE("a must consumer whose next record is old makes senders wait") {
    Bench b;
    b.config.lag_bytes_max = 8'000;
    b.config.lag_ms_max = 5'000;
    const auto q = b.open();
    const auto c = consume(*q, Topic::metrics, 0);
    put(*q, Topic::metrics, std::string(1500, 'x'));
    CHECK(q->accepting().ok());
    b.clock.advance_ms(6'000);
    CHECK_FALSE(q->accepting().ok());
    const ConsumerStatus status = q->snapshot().consumers[0];
    CHECK(status.lag_ms == 6'000);
    CHECK(status.lag_records == 1);
    CHECK(status.lag_bytes == 1500);
}

TEST_CASE("the log is kept as long as a must consumer has not stored it, and goes when it has") {
    Bench b;
    const auto q = b.open();
    const auto fast = consume(*q, Topic::metrics, 0);
    const auto slow = consume(*q, Topic::metrics, 0);
    for (int i = 0; i < 100; ++i) put(*q, Topic::metrics, std::string(5000, 'x'));
    q->start_retention();
    fast->stored_up_to(100);
    q->housekeep_now();
    CHECK(q->begin_offset(0) == 0);
    slow->stored_up_to(50);
    q->housekeep_now();
    CHECK(q->begin_offset(0) > 20);
    CHECK(q->begin_offset(0) <= 50);
    slow->stored_up_to(100);
    q->housekeep_now();
    CHECK(q->begin_offset(0) == 100);
    CHECK(q->snapshot().log_segments == 1);
    CHECK(q->snapshot().log_used_bytes < 8192);
    CHECK(put(*q, Topic::metrics, "x") == 100);
}

TEST_CASE("the log is kept for a consumer that may lag up to its limits, and no sender is slowed for it") {
    Bench b;
    b.config.lag_bytes_max = 100'000;
    b.config.ring_bytes = 50'000;
    const auto q = b.open();
    const auto store = consume(*q, Topic::metrics, 0);
    const auto add = [&](uint64_t keep_bytes, int64_t keep_ms) {
        return q
            ->add_consumer({.name = "out",
                            .topic = 0,
                            .policy = ConsumerPolicy::may_lag,
                            .position = 0,
                            .keep_bytes = keep_bytes,
                            .keep_ms = keep_ms})
            .value();
    };
    const auto patient = add(1 << 20, 60'000);
    q->start_retention();
    const auto put_all = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const uint64_t offset = put(*q, Topic::metrics, std::string(5000, 'x'));
            drain(*store);
            store->applied_up_to(offset + 1);
        }
    };
    put_all(100);
    store->stored_up_to(100);
    q->housekeep_now();
    CHECK(q->begin_offset(0) == 0);
    CHECK_FALSE(patient->flush_wanted());
    CHECK(drain(*patient).size() == 100);
    patient->applied_up_to(100);
    patient->stored_up_to(50);
    q->housekeep_now();
    CHECK(q->begin_offset(0) > 20);
    CHECK(q->begin_offset(0) <= 50);
    put_all(300);  // 2 MB: more than it may keep
    store->stored_up_to(400);
    q->housekeep_now();
    CHECK(q->begin_offset(0) > 150);
    CHECK(q->begin_offset(0) < 300);
    const auto left = drain(*patient);
    CHECK(patient->skipped() == 300 - left.size());
    CHECK(patient->skipped() > 0);
    patient->stored_up_to(390);
    b.clock.advance_ms(60'001);
    q->housekeep_now();
    CHECK(q->begin_offset(0) == 400);
}

TEST_CASE("nothing is retired while a must consumer is away") {
    Bench b;
    const auto q = b.open();
    auto c = consume(*q, Topic::metrics, 0);
    q->start_retention();
    for (int i = 0; i < 50; ++i) put(*q, Topic::metrics, std::string(5000, 'x'));
    c.reset();
    q->housekeep_now();
    CHECK(q->begin_offset(0) == 0);
}

TEST_CASE("users' topics are kept for their retention time") {
    Bench b;
    b.config.topic_retention_ms = 10'000;
    const auto q = b.open();
    q->start_retention();
    const uint32_t id = q->open_topic("orders").value();
    for (int i = 0; i < 50; ++i)
        REQUIRE(q->append(Append{.topic = id, .payload = std::string(5000, 'x'), .decoded = nullptr})->wait().ok());
    q->housekeep_now();
    CHECK(q->begin_offset(id) == 0);
    b.clock.advance_ms(10'001);
    q->housekeep_now();
    CHECK(q->begin_offset(id) == 50);
}

TEST_CASE("a store that holds much of the log is asked to flush") {
    Bench b;
    b.config.unstored_bytes_max = 50'000;
    const auto q = b.open();
    const auto c = consume(*q, Topic::metrics, 0);
    q->housekeep_now();
    CHECK_FALSE(c->flush_wanted());
    for (int i = 0; i < 20; ++i) put(*q, Topic::metrics, std::string(5000, 'x'));
    q->housekeep_now();
    CHECK(c->flush_wanted());
    c->stored_up_to(20);
    CHECK_FALSE(c->flush_wanted());
}

TEST_CASE("a full disk refuses writers before the file system does") {
    Bench b;
    b.files.set_capacity_bytes(4 << 20);
    const auto q = b.open();
    put(*q, Topic::metrics, "x");
    b.files.set_content("/other", std::string((4 << 20) - (150 << 10), 'x'));
    q->housekeep_now();
    CHECK(q->snapshot().disk_guard == DiskGuard::full);
    const auto refused = q->append(Topic::metrics, "x");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::exhausted);
    REQUIRE(b.files.remove("/other").ok());
    q->housekeep_now();
    put(*q, Topic::metrics, "x");
}

TEST_CASE("a write that fails refuses its records and those accepted behind it") {
    Bench b;
    const auto q = b.open();
    put(*q, Topic::metrics, "before");
    const uint64_t epoch = q->epoch();
    b.files.set_faults({.no_space = 1});
    const auto ticket = q->append(Topic::metrics, std::string(5000, 'x'));
    REQUIRE(ticket.ok());
    const auto lost = ticket->wait();
    REQUIRE_FALSE(lost.ok());
    CHECK(lost.error().code == Code::exhausted);
    b.files.set_faults({});
    CHECK(q->epoch() == epoch + 1);
    Append stale{.topic = 0, .payload = "depends on the lost one", .decoded = nullptr};
    stale.expected_epoch = epoch;
    const auto refused = q->append(stale);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::unavailable);
    stale.expected_epoch = epoch + 1;
    CHECK(q->append(stale)->wait().value() == 1);
}

TEST_CASE("after a failed sync the queue says so and takes nothing more") {
    Bench b;
    const auto q = b.open();
    b.files.fail_next_sync();
    CHECK_FALSE(q->append(Topic::metrics, "x")->wait().ok());
    CHECK(b.died);
    const auto refused = q->append(Topic::metrics, "x");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::unavailable);
}

TEST_CASE("a store that is ahead of its log makes the topic go on behind it") {
    Bench b;
    const auto q = b.open();
    const auto c = consume(*q, Topic::metrics, 1000);
    CHECK(q->end_offset(0) == 1000);
    CHECK(put(*q, Topic::metrics, "x") == 1000);
    CHECK(drain(*c) == std::vector<std::string>{"x"});
    const auto early = consume(*q, Topic::metrics, 0);
    CHECK(drain(*early) == std::vector<std::string>{"x"});
}

TEST_CASE("closing commits what is pending and wakes waiting consumers") {
    Bench b;
    auto q = b.open();
    auto c = consume(*q, Topic::metrics, 0);
    std::thread waiter([&] { CHECK(c->poll(60'000)->empty()); });
    std::vector<Ticket> tickets;
    q->close();
    waiter.join();
    CHECK_FALSE(q->append(Topic::metrics, "x").ok());
    c.reset();
}

TEST_CASE("many producers and a consumer: every acknowledged record is consumed once, in offset order") {
    tests::TempDir dir;
    QueueConfig config;
    journal::JournalConfig journal;
    journal.directory = dir.file("log");
    journal.segment_bytes = 256 << 10;
    journal.sync_policy = journal::SyncPolicy::never;  // threads are the subject here, not the disk
    config.ring_bytes = 32 << 10;
    const auto q = Queue::open(real_file_system(), system_clock(), config, journal).value();
    const auto c = consume(*q, Topic::metrics, 0);
    constexpr int PRODUCERS = 4;
    constexpr int RECORDS = 300;
    std::vector<std::thread> producers;
    for (int p = 0; p < PRODUCERS; ++p)
        producers.emplace_back([&, p] {
            for (int i = 0; i < RECORDS; ++i) {
                const auto ticket = q->append(Topic::metrics, fmt::format("{} {}", p, i) + std::string(500, 'x'));
                if (ticket.ok() && i % 10 == 0) CHECK(ticket->wait().ok());
            }
        });
    std::vector<int> next(PRODUCERS, 0);
    uint64_t seen = 0;
    while (seen < PRODUCERS * RECORDS) {
        const auto records = c->poll(1000, 64 << 10);
        REQUIRE(records.ok());
        for (const RecordPtr& r : *records) {
            REQUIRE(r->offset == seen);
            ++seen;
            int p = 0;
            int i = 0;
            REQUIRE(std::sscanf(std::string(r->payload.substr(0, 20)).c_str(), "%d %d", &p, &i) == 2);
            REQUIRE(next[static_cast<size_t>(p)]++ == i);
        }
        c->applied_up_to(seen);
        c->stored_up_to(seen);
    }
    for (auto& t : producers) t.join();
}
