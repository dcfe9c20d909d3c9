#pragma once

#include "base/clock.h"
#include "notify/delivery.h"
#include "notify/sender.h"
#include "notify/store.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace belfry::notify {

/// Deliveries under way. Each host has a lane of several connections, each a thread of its own while there is work, so
/// that a host that hangs delays no other. What is told about one alarm by one method goes in order: when one has to be
/// tried again, later ones wait behind it. What waits long (to be tried again, or for room in its lane) is in the store
/// and only known by its id here. All members: any thread.
class Outbox {
  public:
    struct Parts {
        Clock& clock;
        const NotifyConfig& config;
        std::function<MethodPtr(std::string_view tenant, std::string_view id)> method;  // null: there is none any more
        MakeLine make_line;
        std::string external_url;
        bool threads = true;         // false: `run` does the work, for tests
        std::function<void()> wake;  // something waits with a time
    };
    explicit Outbox(Parts parts);
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    void add(DeliveryPtr delivery);
    /// Written to the log as it is: what was silenced.
    void add_finished(DeliveryPtr delivery);
    /// What the store has, by ascending id; before the first `add`.
    void restore(const std::vector<Store::Waiting>& rows);
    /// Moves what is due into lanes with room; the ids of those whose content the store has to give (to `give`).
    [[nodiscard]] std::vector<int64_t> due(int64_t now_ms);
    void give(const std::vector<int64_t>& ids, const std::vector<DeliveryPtr>& loaded);
    /// What is to be stored; `all`: also what may be done in a moment. `position` becomes what is then safe.
    void take(StoreBatch& batch, bool all);
    /// The batch was written.
    void stored(const StoreBatch& batch);
    /// The batch could not be written: it comes with the next one.
    void put_back(StoreBatch batch);
    /// On the caller's thread everything that is in a lane; how many attempts that were.
    size_t run();
    void stop();

    [[nodiscard]] bool is_waiting(const std::string& pair) const;
    [[nodiscard]] MethodHealth health(const std::string& method_id) const;
    /// Not in the store yet.
    [[nodiscard]] size_t unsaved() const;
    [[nodiscard]] size_t outstanding() const;
    [[nodiscard]] std::optional<int64_t> next_due_ms() const;

  private:
    struct Shard {
        std::deque<DeliveryPtr> queue;
        std::condition_variable ready;
        bool served = false;
    };
    struct Lane {
        std::vector<std::unique_ptr<Shard>> shards;
        size_t count = 0;                           // in its queues, or being loaded for them
        std::set<std::pair<int64_t, int64_t>> due;  // time and id of what waits
    };
    struct Parked {
        Lane* lane = nullptr;
        int64_t next_ms = 0;
        std::string pair;
        std::string method_id;
        DeliveryPtr memory;  // until it is stored
    };

    // All with mutex_ held.
    Lane& lane_of(std::string_view tenant, std::string_view method_id);
    void push(Lane& lane, DeliveryPtr delivery);
    void serve(Lane& lane, Shard& shard);
    void park(Lane& lane, DeliveryPtr delivery, int64_t next_ms);
    void enter_pair(Parked& parked, int64_t id);
    void finish(DeliveryPtr delivery, DeliveryStatus status);
    void finish_attempt(Lane& lane, const DeliveryPtr& delivery, const Outcome& outcome, int64_t took_ms);
    [[nodiscard]] bool must_wait(const Delivery& delivery) const;
    [[nodiscard]] int64_t pause_ms(uint32_t attempts);

    [[nodiscard]] Outcome attempt(const Delivery& delivery, Line& line) const;
    void work(Lane* lane, Shard* shard);
    void gauge() const;

    const Parts parts_;
    mutable std::mutex mutex_;  // guards all below
    std::condition_variable workers_gone_;
    bool stopping_ = false;
    size_t workers_ = 0;
    std::map<std::string, Lane, std::less<>> lanes_;  // by host; addresses stay
    std::unordered_map<int64_t, Parked> parked_;
    std::unordered_map<std::string, std::deque<int64_t>> pairs_;  // ids that were parked, ascending
    std::map<int64_t, DeliveryPtr> unsaved_;                      // in lanes, unknown to the store
    std::vector<int64_t> fresh_;                                  // parked since the last `take`
    std::vector<DeliveryPtr> finished_;
    std::unordered_map<std::string, MethodHealth> health_;
    size_t in_memory_ = 0;
    uint64_t random_ = 0x9e3779b97f4a7c15;
};

}  // namespace belfry::notify
