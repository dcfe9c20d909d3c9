#pragma once

#include "base/clock.h"
#include "ingest/scrape/scraper.h"

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

namespace belfry::ingest::scrape {

class Discovery;

/// A target that relabelling dropped, for whoever asks where it went.
struct DroppedTarget {
    model::Labels discovered;
};

/// A job as pages show it.
struct PoolView {
    std::shared_ptr<const JobConfig> job;
    std::vector<std::shared_ptr<const Target>> targets;
    std::vector<DroppedTarget> dropped;
    uint64_t dropped_count = 0;
    std::string error;  // of its discovery or of a limit; "" when well
};

/// All scraping: reads the configuration, keeps the list of targets, asks each at its time, one thread a request that
/// is under way (threads come with demand and go when idle). Times are spread over the interval by a hash of the
/// target, so that they are the same after a restart. Public methods: any thread.
class ScrapeManager {
  public:
    struct Parts {
        Clock& clock;
        ScraperConfig config;
        MetricSink sink;
        ReceiverStats& stats;
        std::string node;  // of this machine, part of the spread
    };
    explicit ScrapeManager(Parts parts);
    ~ScrapeManager();  // like stop()
    ScrapeManager(const ScrapeManager&) = delete;
    ScrapeManager& operator=(const ScrapeManager&) = delete;

    /// Reads the configuration; an error names what is wrong with it and leaves the targets as they are.
    [[nodiscard]] Status reload();
    /// Starts to scrape what `reload` found.
    void start();
    /// No series is marked: whoever starts again goes on where this ended.
    void stop();

    [[nodiscard]] std::vector<PoolView> pools() const;
    /// The configuration in use, secrets left out.
    [[nodiscard]] std::string config_text() const;
    [[nodiscard]] std::vector<std::string> warnings() const;
    [[nodiscard]] const ScraperConfig& config() const { return parts_.config; }
    /// Why the newest reading of the configuration was not taken; "" when it was.
    [[nodiscard]] std::string last_error() const;

    static constexpr int64_t LOOK_MS = 1'000;           // at files of targets and the configuration
    static constexpr int64_t THREAD_IDLE_MS = 30'000;   // then it goes
    static constexpr int64_t ALIGN_MS = 2;              // a start this close to its time counts as that time
    static constexpr size_t DROPPED_KEPT_MAX = 10'000;  // a job, whatever its keep_dropped_targets says

    /// When a target's turn is at or after `now_ms`: the same place in each interval.
    [[nodiscard]] static int64_t next_turn_ms(int64_t now_ms, int64_t interval_ms, uint64_t spread);

  private:
    struct Pool;
    struct Turn {
        int64_t due_ms = 0;
        std::shared_ptr<Target> target;
        friend bool operator>(const Turn& a, const Turn& b) { return a.due_ms > b.due_ms; }
    };
    struct Job {
        std::shared_ptr<Target> target;
        int64_t time_ms = 0;
        bool end_series = false;
    };

    void run_turns();
    void run_worker(std::list<std::thread>::iterator self);
    void run_looks();
    void enqueue(Job job);
    void look();
    [[nodiscard]] bool refresh(Discovery& discovery, const Pool& pool);
    void set_pools(const ScrapeFile& file);
    void sync(Pool& pool);
    void retire(const std::shared_ptr<Target>& target);
    [[nodiscard]] bool is_taken_over(const Target& gone) const;
    /// The target's next turn at or after `from_ms`.
    void add_turn(const std::shared_ptr<Target>& target, int64_t from_ms);
    [[nodiscard]] uint64_t spread_of(const Target& target) const;
    void join_finished(std::unique_lock<std::mutex>& lock);

    Parts parts_;
    int cancel_fd_ = -1;
    std::unique_ptr<Scraper> scraper_;

    std::mutex reload_mutex_;   // one reload or look at a time; taken before mutex_
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable turn_wake_;
    std::condition_variable work_wake_;
    std::condition_variable look_wake_;
    std::vector<std::unique_ptr<Pool>> pools_;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
    std::vector<Turn> leaving_;  // targets whose series are marked when their time comes
    std::deque<Job> work_;
    std::list<std::thread> workers_;
    std::list<std::thread> finished_;
    uint32_t idle_workers_ = 0;
    bool started_ = false;
    bool stopping_ = false;
    ScrapeFile file_;
    std::string file_signature_;
    std::string last_error_;
    std::thread turn_thread_;
    std::thread look_thread_;
};

}  // namespace belfry::ingest::scrape
