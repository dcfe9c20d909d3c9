#include "store/metric/metric_store.h"
#include "support/metric_store_model.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

using namespace belfry;
using belfry::tests::StoreModel;
using belfry::tests::TempDir;

namespace {

constexpr int64_t NOW_MS = 1'790'000'000'000;
constexpr int64_t DAY = 86'400'000;
constexpr int CRASHED = 7;

store::MetricStoreConfig config() {
    store::MetricStoreConfig c;
    c.retention_ms = 400 * DAY;
    c.out_of_order_samples_max = 16;
    return c;
}

std::unique_ptr<store::MetricStore> open_store(const std::string& dir, Clock& clock, store::MetricStore::CrashPoint crash_point = {}) {
    auto opened = store::MetricStore::open(real_file_system(), clock, {dir, config(), std::move(crash_point)});
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().message));
    return std::move(*opened);
}

/// Runs `work` in a process of its own that ends at the `countdown`th crash point (or at the end); true when it crashed.
bool crash_in_child(const std::string& dir, Clock& clock, int countdown, const std::function<void(store::MetricStore&)>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        // no test macro here: the child must not report
        auto opened = store::MetricStore::open(real_file_system(), clock, {dir, config(), [&](std::string_view) {
                                                                               if (--countdown == 0) ::_exit(CRASHED);
                                                                           }});
        if (!opened.ok()) ::_exit(1);
        work(**opened);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 1);
    return WEXITSTATUS(status) == CRASHED;
}

}  // namespace

TEST_CASE("a store that ends at any step of seal, fold and publish loses nothing and doubles nothing") {
    for (int countdown = 1; countdown <= 24; countdown++) {
        CAPTURE(countdown);
        const TempDir dir;
        ManualClock clock(NOW_MS);
        StoreModel m(static_cast<uint64_t>(countdown));
        m.samples_a_batch = 30;
        const auto write = [&](int batches) {
            for (int i = 0; i < batches; i++) {
                m.accept(m.make_batch(clock.now_ms()));
                clock.advance_ms(60'000);
            }
        };
        // a store with parts, late files and a seal to begin with
        {
            auto store = open_store(dir.path(), clock);
            for (int i = 0; i < 3; i++) {
                write(4);
                m.replay(*store);
                if (i < 2) REQUIRE(store->compact().ok());
                else REQUIRE(store->seal().ok());
            }
        }
        write(6);
        clock.advance_ms(DAY);
        write(2);
        const bool crashed = crash_in_child(dir.path(), clock, countdown, [&](store::MetricStore& store) {
            m.replay(store);
            if (!store.seal().ok() || !store.compact().ok()) ::_exit(1);
        });
        for (int again = 0; again < 2; again++) {
            auto store = open_store(dir.path(), clock);
            m.replay(*store);
            m.check(*store);
            if (again == 1) break;
            REQUIRE(store->compact().ok());
            m.check(*store);
        }
        if (!crashed) {
            CHECK(countdown > 8);  // all steps were tried
            break;
        }
    }
}

namespace {

/// Fails the nth rename, as a full or dying disk does.
class FailingRename : public FileSystem {
  public:
    int fail_in = 0;  // 0: never
    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override { return real_.open(path, mode); }
    Status rename(const std::string& from, const std::string& to) override {
        if (fail_in > 0 && --fail_in == 0) return make_error(Code::exhausted, "rename {}: no space", to);
        return real_.rename(from, to);
    }
    Status remove(const std::string& path) override { return real_.remove(path); }
    Result<std::vector<std::string>> list(const std::string& directory) override { return real_.list(directory); }
    Status make_dirs(const std::string& directory) override { return real_.make_dirs(directory); }
    Status sync_dir(const std::string& directory) override { return real_.sync_dir(directory); }
    Result<DiskSpace> space(const std::string& path) override { return real_.space(path); }
    Result<uint64_t> disk_usage(const std::string& path) override { return real_.disk_usage(path); }
    bool exists(const std::string& path) override { return real_.exists(path); }

  private:
    FileSystem& real_ = real_file_system();
};

}  // namespace

TEST_CASE("a seal or fold that cannot be published leaves all readable and is done again") {
    const TempDir dir;
    ManualClock clock(NOW_MS);
    StoreModel m(3);
    FailingRename files;
    auto opened = store::MetricStore::open(files, clock, {dir.path(), config(), {}});
    REQUIRE(opened.ok());
    auto& store = **opened;
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 3; i++) m.accept(m.make_batch(clock.now_ms()));
        m.replay(store);
        files.fail_in = 1 + round % 2;
        const uint64_t covered = store.covered_offset();
        CHECK_FALSE(store.compact().ok());
        if (round % 2 == 0) CHECK(store.covered_offset() == covered);
        m.check(store);
        for (int i = 0; i < 2; i++) m.accept(m.make_batch(clock.now_ms()));
        m.replay(store);
        m.check(store);
        if (round % 2 == 1) REQUIRE(store.compact().ok());
        m.check(store);
    }
}
