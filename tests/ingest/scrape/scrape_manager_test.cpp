#include "ingest/scrape/scrape_manager.h"

#include "support/recording_sink.h"
#include "support/temp_dir.h"

#include <doctest/doctest.h>

#include <fstream>

using namespace belfry;
using namespace belfry::ingest::scrape;

TEST_CASE("a target's turns come at the same place of each interval") {
    CHECK(ScrapeManager::next_turn_ms(100'000, 15'000, 4'000) == 109'000);
    CHECK(ScrapeManager::next_turn_ms(109'000, 15'000, 4'000) == 109'000);
    CHECK(ScrapeManager::next_turn_ms(109'001, 15'000, 4'000) == 124'000);
    CHECK(ScrapeManager::next_turn_ms(0, 1'000, 123'456'789) == 789);
}

namespace {

/// A manager that was never started: it reads and plans, and asks nobody.
struct Planned {
    tests::TempDir dir;
    ManualClock clock{1'000'000};
    tests::RecordingSink recorder;
    ingest::ReceiverStats stats{clock, "scrape", "Scraping", "here"};
    ScrapeManager manager;

    explicit Planned(ScraperConfig config = {})
        : manager({.clock = clock,
                   .config = with_file(std::move(config)),
                   .sink = recorder.sink(),
                   .stats = stats,
                   .node = "n"}) {}

    ScraperConfig with_file(ScraperConfig config) const {
        config.config_file = dir.path() + "/p.yml";
        return config;
    }
    Status load(const std::string& jobs) {
        std::ofstream(dir.path() + "/p.yml") << "scrape_configs:\n" << jobs;
        return manager.reload();
    }
    [[nodiscard]] std::vector<std::string> urls() const {
        std::vector<std::string> out;
        for (const PoolView& pool : manager.pools())
            for (const auto& target : pool.targets)
                out.push_back(target->plan.url());
        return out;
    }
};

}  // namespace

TEST_CASE("a reload keeps the targets of jobs that say the same, and all of them when it fails") {
    Planned p;
    REQUIRE(p.load("- {job_name: a, static_configs: [{targets: [x:1, y:1]}]}\n- {job_name: b, static_configs: "
                   "[{targets: [z:1]}]}\n")
                .ok());
    CHECK(p.urls() == std::vector<std::string>{"http://x:1/metrics", "http://y:1/metrics", "http://z:1/metrics"});
    const auto before = p.manager.pools();
    REQUIRE(p.load("- {job_name: a, static_configs: [{targets: [x:1, y:1]}]}\n- {job_name: b, static_configs: "
                   "[{targets: [w:1]}]}\n")
                .ok());
    const auto after = p.manager.pools();
    CHECK(after[0].targets == before[0].targets);
    CHECK(before[1].targets[0]->retired);
    CHECK(p.urls().back() == "http://w:1/metrics");
    const Status bad = p.load("- {job_name: a, static_config: []}\n");
    REQUIRE_FALSE(bad.ok());
    CHECK(bad.error().message.find("p.yml: line 2: scrape config has no key \"static_config\"") != std::string::npos);
    CHECK(p.manager.last_error() == bad.error().message);
    CHECK(p.urls().size() == 3);
}

TEST_CASE("limits of targets stop a job, not the others") {
    Planned p({.targets_max = 3});
    REQUIRE(p.load("- {job_name: a, target_limit: 1, static_configs: [{targets: [x:1, y:1]}]}\n"
                   "- {job_name: b, static_configs: [{targets: [z:1, z:2, z:3]}]}\n- {job_name: c, static_configs: "
                   "[{targets: [q:1]}]}\n")
                .ok());
    const auto pools = p.manager.pools();
    CHECK(pools[0].targets.empty());
    CHECK(pools[0].error.starts_with("target_limit"));
    CHECK(pools[1].targets.size() == 3);
    CHECK(pools[2].error.starts_with("scrape.targets_max"));
}

TEST_CASE("targets that relabelling drops are counted and kept to look at") {
    Planned p;
    REQUIRE(p.load("- job_name: a\n  keep_dropped_targets: 1\n  static_configs: [{targets: [x:1, y:1, z:1]}]\n"
                   "  relabel_configs: [{source_labels: [__address__], regex: 'x.*', action: keep}]\n")
                .ok());
    const PoolView pool = p.manager.pools().at(0);
    CHECK(pool.targets.size() == 1);
    CHECK(pool.dropped_count == 2);
    CHECK(pool.dropped.size() == 1);
    CHECK(pool.dropped[0].discovered.get("__address__") == "y:1");
}
