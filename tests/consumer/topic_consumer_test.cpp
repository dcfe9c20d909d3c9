#include "consumer/topic_consumer.h"

#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;

namespace {

constexpr auto TOPIC = static_cast<uint32_t>(queue::Topic::events);

// Keeps payloads in memory; "stores" up to the last flush.
class MemoryStage final : public consumer::Stage {
  public:
    explicit MemoryStage(std::string name) : name_(std::move(name)) {}
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] uint64_t stored_offset() const override { return stored_.load(); }
    [[nodiscard]] Status apply(const queue::Record& record, const void* decoded) override {
        if (record.payload == refuse) return make_error(Code::internal, "this one not");
        seen.emplace_back(decoded != nullptr ? *static_cast<const std::string*>(decoded) : std::string(record.payload));
        applied_ = record.next_offset();
        return {};
    }
    [[nodiscard]] Status flush() override {
        stored_.store(applied_);
        return {};
    }
    void restart() {
        seen.clear();
        applied_ = stored_;
    }

    std::string refuse = "nothing";
    std::vector<std::string> seen;

  private:
    const std::string name_;
    uint64_t applied_ = 0;
    std::atomic<uint64_t> stored_{0};
};

Result<std::shared_ptr<const void>> decode(std::string_view payload) {
    if (payload == "garbage") return make_error(Code::corrupt, "not a record");
    return std::shared_ptr<const void>(std::make_shared<std::string>("decoded " + std::string(payload)));
}

std::unique_ptr<queue::Queue> open_queue(const std::string& dir) {
    journal::JournalConfig journal;
    journal.directory = dir;
    journal.segment_bytes = 1 << 20;
    return queue::Queue::open(real_file_system(), system_clock(), {}, journal).value();
}

void append(queue::Queue& queue, std::string payload) {
    REQUIRE(queue.append(queue::Topic::events, std::move(payload)).value().wait().ok());
}

}  // namespace

TEST_CASE("a stage sees every record once, and after a restart what it had not stored") {
    const tests::TempDir dir;
    MemoryStage stage("one");
    {
        const auto queue = open_queue(dir.path());
        consumer::TopicConsumer consumer(*queue, TOPIC, decode);
        consumer.add_stage(stage);
        REQUIRE(consumer.start().ok());
        append(*queue, "a");
        append(*queue, "b");
        REQUIRE(consumer.catch_up(10'000));
        REQUIRE(consumer.flush().ok());
        append(*queue, "c");
        REQUIRE(consumer.catch_up(10'000));
        CHECK(stage.seen == std::vector<std::string>{"decoded a", "decoded b", "decoded c"});
    }
    stage.restart();
    const auto queue = open_queue(dir.path());
    consumer::TopicConsumer consumer(*queue, TOPIC, decode);
    consumer.add_stage(stage);
    REQUIRE(consumer.start().ok());
    REQUIRE(consumer.catch_up(10'000));
    consumer.stop();
    CHECK(stage.seen == std::vector<std::string>{"decoded c"});
}

TEST_CASE("an error stops one stage and not the other, and a record that does not decode is passed over") {
    const tests::TempDir dir;
    const auto queue = open_queue(dir.path());
    MemoryStage good("good");
    MemoryStage bad("bad");
    bad.refuse = "b";
    consumer::TopicConsumer consumer(*queue, TOPIC, decode);
    consumer.add_stage(good);
    consumer.add_stage(bad);
    REQUIRE(consumer.start().ok());
    for (const char* payload : {"a", "garbage", "b", "c"}) append(*queue, payload);
    REQUIRE(consumer.catch_up(10'000));
    consumer.stop();
    CHECK(good.seen == std::vector<std::string>{"decoded a", "decoded b", "decoded c"});
    CHECK(bad.seen == std::vector<std::string>{"decoded a"});
    const auto status = consumer.status();
    CHECK(status[0].state == consumer::StageState::running);
    CHECK(status[1].state == consumer::StageState::stopped);
    CHECK(status[1].error.find("this one not") != std::string::npos);
}

TEST_CASE("who waits for records that do not come is let go when the consumer stops") {
    const tests::TempDir dir;
    const auto queue = open_queue(dir.path());
    MemoryStage stage("one");
    consumer::TopicConsumer consumer(*queue, TOPIC, decode);
    consumer.add_stage(stage);
    REQUIRE(consumer.start().ok());
    std::atomic<bool> applied{true};
    std::thread waiting([&] { applied = consumer.wait_applied(1'000, 3'600'000); });
    consumer.stop();
    waiting.join();
    CHECK_FALSE(applied);
}
