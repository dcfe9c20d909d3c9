#pragma once

#include "base/clock.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace belfry::alarm {

/// Something that is evaluated again and again: a group of rules, a definition, a monitor.
class Turn {
  public:
    virtual ~Turn() = default;
    /// For the time `at_ms`; `turn` is held.
    virtual void evaluate(int64_t at_ms) = 0;
    [[nodiscard]] virtual int64_t interval_ms() const = 0;
    /// When it is due after `now_ms`.
    [[nodiscard]] virtual int64_t next_due_ms(int64_t now_ms) const = 0;
    /// `count` evaluations were left out, for the one before took too long.
    virtual void count_missed(uint64_t count) = 0;
    /// Makes a running evaluation end soon; nothing is evaluated any more. Any thread.
    virtual void stop() = 0;

    std::mutex turn;  // held by who evaluates or takes over
};

/// The first time after `now_ms` of slots of `interval_ms`, moved by a hash of `key`: many of one interval are spread
/// over it, and a restart does not shift them.
[[nodiscard]] int64_t next_slot_ms(std::string_view key, int64_t interval_ms, int64_t now_ms);

/// Evaluates each turn at its times on a few threads. What takes long never holds all of them: one thread is kept for
/// what is quick. Any thread may call everything.
class Schedule {
  public:
    Schedule(Clock& clock, uint32_t threads) : clock_(clock), thread_count_(threads) {}
    ~Schedule() { stop(); }
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;

    /// Nothing, if it is in it.
    void put(const std::shared_ptr<Turn>& turn);
    /// It is stopped; if it is being evaluated, that ends by itself.
    void remove(Turn& turn);

    void start();
    /// Stops every turn and waits for the threads.
    void stop();
    /// Evaluates what is due at the clock's time, in the order in which it is due; how many. What the threads do; tests
    /// call it instead of `start`.
    size_t run_due();

    static constexpr int64_t SLOW_MS = 500;  // an evaluation that took longer is slow

  private:
    struct Entry {
        std::shared_ptr<Turn> turn;
        bool slow = false;  // the last time
    };
    struct Due {
        int64_t at_ms = 0;
        std::shared_ptr<Turn> turn;
        bool slow = false;
    };
    void work();
    void run_one(const Due& due);
    [[nodiscard]] std::optional<Due> take_due();  // mutex_ is held

    Clock& clock_;  // outlives this
    const uint32_t thread_count_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::map<const Turn*, Entry> turns_;
    std::multimap<int64_t, const Turn*> due_;
    uint32_t slow_running_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace belfry::alarm
