#pragma once

#include "base/clock.h"
#include "catalog/catalog.h"
#include "model/alarm.h"
#include "notify/catalog_view.h"
#include "notify/groups.h"
#include "notify/hushed.h"
#include "notify/inhibit.h"
#include "notify/networks.h"
#include "notify/outbox.h"
#include "notify/repeats.h"
#include "notify/store.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

namespace belfry::notify {

/// Tells people and programs of transitions. `apply` (the topic's consumer) decides who is told and hands it to the
/// outbox at once; one thread stores what became of it, in batches, and moves the position behind what is stored; one
/// looks for what is due: repeats, groups, what is not silenced any more, what is tried again. Other members: any
/// thread.
class Engine {
  public:
    struct Parts {
        Clock& clock;
        const catalog::Catalog& catalog;
        NotifyConfig config;
        std::string path;          // of the store
        std::string external_url;  // when notify.external_url is empty
        /// Every alarm of a tenant, and one; as they are now. May be empty.
        Inhibition::Alarms alarms = {};
        FindAlarm find_alarm = {};
        MakeLine make_line = {};  // in place of the network; for tests
        bool threads = true;      // false: `step` does the work, for tests
    };
    [[nodiscard]] static Result<std::unique_ptr<Engine>> open(Parts parts);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Begins to tell: when the catalog and the alarms are known.
    void start();
    /// Ends what is under way and stores the rest.
    void stop();

    /// One record of topic `transitions`, in order; waits while too much is not stored yet.
    void apply(uint64_t offset, uint64_t next_offset, const model::AlarmBatch& batch);
    /// Everything below is told or stored.
    [[nodiscard]] uint64_t stored_to() const;
    /// Stores what there is. For housekeeping and the end.
    [[nodiscard]] Status flush(bool all);
    /// One turn of all threads; for tests.
    void step();

    /// Tells a made-up alarm, on the caller's thread.
    struct TestResult {
        Outcome outcome;
        int64_t took_ms = 0;
    };
    [[nodiscard]] TestResult test(const catalog::NotificationMethod& method);

    /// A tenant's routing is another: alarms that ring find their groups anew.
    void reroute(std::string_view tenant);

    [[nodiscard]] Result<std::vector<DeliveryRow>> deliveries(const DeliveryQuery& query) { return store_->log(query); }
    [[nodiscard]] MethodHealth health(const std::string& method_id) const { return outbox_->health(method_id); }
    [[nodiscard]] std::vector<GroupView> groups(std::string_view tenant);
    /// Why an alarm is not told just now: ids of silences, of alarms that inhibit it.
    struct Quiet {
        std::vector<std::string> silenced_by;
        std::string inhibited_by;
    };
    [[nodiscard]] Quiet quiet(const model::Alarm& alarm);
    [[nodiscard]] CatalogView& catalog_view() { return view_; }
    [[nodiscard]] const NotifyConfig& config() const { return parts_.config; }
    [[nodiscard]] const std::string& external_url() const { return parts_.external_url; }
    [[nodiscard]] Status trim();
    /// Stores what there is and writes a copy of the store; `path` must not exist.
    [[nodiscard]] Status copy_to(const std::string& path);

  private:
    Engine(Parts parts, Networks networks, std::unique_ptr<Store> store);
    void restore(Store::Restored restored);
    void decide(const model::AlarmEvent& event, Hushed::Place place);
    enum class Why { transition, repeat, quiet_over };
    /// False: something keeps it quiet.
    bool tell(const EventPtr& event, const MethodPtr& method, uint64_t offset, Why why);
    DeliveryPtr make_delivery(std::shared_ptr<const Notice> notice, const Method& method, const std::string& tenant);
    void tell_groups();
    void tick();
    void run_clock();
    void run_store();

    Parts parts_;
    const Networks networks_;
    const std::unique_ptr<Store> store_;
    CatalogView view_;
    int cancel_fd_ = -1;
    std::unique_ptr<Outbox> outbox_;

    std::mutex flush_mutex_;    // one flush at a time
    mutable std::mutex mutex_;  // guards all below, but threads
    std::condition_variable clock_wake_, store_wake_, room_;
    bool started_ = false;
    bool stopping_ = false;
    uint64_t applied_to_ = 0;
    uint64_t stored_to_ = 0;
    int64_t next_id_ = 1;
    Inhibition inhibition_;
    Groups groups_;
    Repeats repeats_;
    Hushed hushed_;
    std::unordered_set<std::string> told_;  // by Store::told_key, of records that are applied a second time
    std::vector<Store::Waiting> waiting_;   // until `start`
    std::thread clock_thread_, store_thread_;
};

}  // namespace belfry::notify
