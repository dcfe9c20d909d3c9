#include "queue/queue.h"

#include "base/log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace belfry;
using namespace belfry::queue;

namespace {

journal::JournalConfig config_in(const std::string& directory) {
    journal::JournalConfig journal;
    journal.directory = directory;
    journal.segment_bytes = 256 << 10;
    return journal;
}

std::string body_of(uint64_t number) { return fmt::format("{} {}", number, std::string(number * 37 % 3000, 'x')); }

/// Appends for ever; writes the number of each acknowledged record to `acknowledged`.
[[noreturn]] void write_for_ever(const std::string& directory, uint64_t first, int acknowledged) {
    set_log_level(LogLevel::error);
    auto q = Queue::open(real_file_system(), system_clock(), {}, config_in(directory)).value();
    auto consumer = q->add_consumer({.name = "c", .topic = 0, .policy = ConsumerPolicy::must, .position = 0}).value();
    q->start_retention();
    std::deque<std::pair<uint64_t, Ticket>> waiting;
    for (uint64_t number = first;; ++number) {
        waiting.emplace_back(number, q->append(Topic::metrics, body_of(number)).value());
        static_cast<void>(q->append(Topic::logs, "between").value());
        if (waiting.size() < 8) continue;
        if (waiting.front().second.wait().ok() && write(acknowledged, &waiting.front().first, 8) != 8) _exit(1);
        waiting.pop_front();
        if (number % 64 != 0) continue;
        while (true) {
            const auto records = consumer->poll(0).value();
            if (records.empty()) break;
            consumer->applied_up_to(records.back()->next_offset());
        }
    }
}

}  // namespace

TEST_CASE("kill -9: every acknowledged record is there after the restart, once and in order") {
    set_log_level(LogLevel::error);
    tests::TempDir dir;
    const char* rounds_text = std::getenv("BELFRY_TEST_ROUNDS");
    const int rounds = rounds_text == nullptr ? 4 : std::atoi(rounds_text);
    std::mt19937_64 random(std::random_device{}());
    uint64_t next = 0;
    for (int round = 0; round < rounds; ++round) {
        int pipe_ends[2];
        REQUIRE(pipe(pipe_ends) == 0);
        const uint64_t kill_after = 1 + random() % 150;  // acknowledged records
        CAPTURE(round);
        CAPTURE(kill_after);
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            close(pipe_ends[0]);
            write_for_ever(dir.file("log"), next, pipe_ends[1]);
        }
        close(pipe_ends[1]);
        uint64_t acknowledged = 0;
        uint64_t count = 0;
        uint64_t number = 0;
        while (read(pipe_ends[0], &number, 8) == 8) {  // until the pipe ends with the child
            acknowledged = number + 1;
            if (++count == kill_after) kill(child, SIGKILL);
        }
        close(pipe_ends[0]);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));

        auto q = Queue::open(real_file_system(), system_clock(), {}, config_in(dir.file("log"))).value();
        CHECK(q->snapshot().quarantined.empty());
        const uint64_t end = q->end_offset(0);
        CHECK(end >= acknowledged);
        auto consumer = q->add_consumer({.name = "c", .topic = 0, .policy = ConsumerPolicy::must, .position = 0}).value();
        uint64_t seen = 0;
        while (consumer->position() < end) {
            const auto records = consumer->poll(0).value();
            for (const RecordPtr& r : records) {
                REQUIRE(r->offset == seen);
                REQUIRE(r->payload == body_of(seen));
                ++seen;
            }
        }
        CHECK(seen == end);
        next = end;
        consumer.reset();
    }
    set_log_level(LogLevel::info);
}
