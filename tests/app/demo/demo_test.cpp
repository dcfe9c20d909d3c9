#include "app/demo/demo.h"

#include "support/loop_change_log.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

using namespace belfry;
using namespace belfry::app;

namespace {

constexpr int64_t NOW = 1'700'000'000'000;  // a whole step

/// A writer that counts, and can refuse.
struct Recorder {
    std::mutex mutex;
    std::condition_variable changed;
    uint64_t samples = 0;
    int64_t first_ms = std::numeric_limits<int64_t>::max();
    int64_t last_ms = 0;
    size_t batches = 0;
    bool refuse = false;

    Result<ingest::WriteOutcome> write(const ingest::WireBatch& batch) {
        const std::lock_guard lock(mutex);
        if (refuse) return make_error(Code::exhausted, "too many series");
        ++batches;
        samples += batch.samples.size();
        for (const auto& sample : batch.samples) {
            first_ms = std::min(first_ms, sample.time_ms);
            last_ms = std::max(last_ms, sample.time_ms);
        }
        changed.notify_all();
        return ingest::WriteOutcome{.accepted_samples = batch.samples.size()};
    }
};

struct Fixture {
    tests::TempDir dir;
    ManualClock clock{NOW};
    std::unique_ptr<catalog::Catalog> catalog =
        std::move(catalog::Catalog::open(dir.file("c.sqlite"), {}, clock)).value();
    tests::LoopChangeLog log{*catalog};
    catalog::Changes changes{log, *catalog, clock};
    Recorder recorder;
    std::string erased;
    bool erase_fails = false;
    std::unique_ptr<Demo> demo = make();

    std::unique_ptr<Demo> make() {
        return std::make_unique<Demo>(
            Demo::Parts{.clock = clock,
                        .catalog = *catalog,
                        .changes = changes,
                        .write = [this](const ingest::WireBatch& batch) { return recorder.write(batch); },
                        .erase = [this](const model::Matchers& matchers) -> Status {
                            if (erase_fails) return make_error(Code::unavailable, "no");
                            erased += matchers[0].to_string();
                            return {};
                        }});
    }
    [[nodiscard]] std::string setting() const {
        const auto snapshot = catalog->snapshot();
        const auto found = snapshot->settings.find("demo");
        return found == snapshot->settings.end() ? "" : found->second;
    }
    bool wait_filled() const {
        for (uint64_t offset = 0; offset < 10; ++offset) {
            if (setting().find("\"filled\":true") != std::string::npos) return true;
            if (!catalog->wait_applied(offset, 10'000)) return false;
        }
        return false;
    }
};

}  // namespace

TEST_CASE("a started demo fills the hour before, goes on living, and survives a restart") {
    Fixture f;
    REQUIRE(f.demo->start("admin").ok());
    CHECK(f.demo->state().running);
    CHECK(f.demo->state().since_ms == NOW);
    CHECK(f.demo->state().series > 1'500);
    REQUIRE(f.wait_filled());
    CHECK(f.recorder.first_ms == NOW - Fleet::HISTORY_MS);
    CHECK(f.recorder.last_ms == NOW);
    CHECK(f.recorder.samples > 361 * 1'500);
    CHECK(f.demo->start("admin").ok());  // runs already

    f.demo.reset();
    CHECK(f.setting().find("1700000000000") != std::string::npos);
    f.clock.advance_ms(60'000);
    f.recorder.batches = 0;
    f.recorder.first_ms = std::numeric_limits<int64_t>::max();
    f.demo = f.make();
    CHECK_FALSE(f.demo->state().running);
    f.demo->resume();
    CHECK(f.demo->state().since_ms == NOW);
    {
        std::unique_lock lock(f.recorder.mutex);
        CHECK(f.recorder.changed.wait_for(lock, std::chrono::seconds(10), [&] { return f.recorder.batches > 0; }));
        CHECK(f.recorder.first_ms == NOW + 60'000);  // the hour is not written again
    }
}

TEST_CASE("a removed demo leaves neither samples nor a setting") {
    Fixture f;
    REQUIRE(f.demo->start("admin").ok());
    REQUIRE(f.demo->remove("admin").ok());
    CHECK(f.erased == "demo=\"true\"");
    CHECK(f.setting().empty());
    CHECK_FALSE(f.demo->state().running);
    CHECK(f.demo->remove("admin").ok());
    f.demo = f.make();
    f.demo->resume();
    CHECK_FALSE(f.demo->state().running);
}

TEST_CASE("a start that is refused says why and leaves nothing") {
    Fixture f;
    f.recorder.refuse = true;
    const Status started = f.demo->start("admin");
    REQUIRE_FALSE(started.ok());
    CHECK(started.error().message == "the demo's first samples: too many series");
    CHECK_FALSE(f.demo->state().running);
    CHECK(f.setting().empty());
    CHECK_FALSE(f.erased.empty());
}

TEST_CASE("a removal that fails leaves the demo running") {
    Fixture f;
    REQUIRE(f.demo->start("admin").ok());
    f.erase_fails = true;
    CHECK_FALSE(f.demo->remove("admin").ok());
    CHECK(f.demo->state().running);
    CHECK_FALSE(f.setting().empty());
}
