#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What the status resources show, as plain facts. The API stands above queues and stores and does not include them; app
// binds these few interfaces to them. Counters are totals since the start: rates and histories are made by
// PipelineHistory.
namespace belfry::api {

struct RefusalFacts {
    std::string receiver;  // id
    std::string reason;    // "invalid_label"
    uint64_t total = 0;
    int64_t last_ms = 0;
    std::string message;  // of the newest
    std::string sample;   // what was refused, shortened
};

struct ReceiverFacts {
    std::string id;     // "prometheus_write"
    std::string title;  // "Prometheus write"
    std::string listens_on;
    uint64_t records_total = 0;
    uint64_t bytes_total = 0;
    double per_s = 0;
    uint64_t senders = 0;  // seen in the last minutes
    uint64_t refused_total = 0;
    uint64_t refused_last_hour = 0;
    std::vector<double> history;  // records in each of the last 60 minutes, the running one last
    std::optional<int64_t> last_ms;
    std::optional<RefusalFacts> last_refusal;
};

struct LogFacts {
    int64_t oldest_waiting_ms = 0;  // age of the oldest record not on disk
    uint64_t bytes = 0;             // on disk
    uint64_t appended_bytes_total = 0;
    uint64_t syncs_total = 0;
    double sync_p50_ms = 0;
    double sync_p99_ms = 0;
};

enum class ConsumerState { in_step, behind, stopped };

struct ConsumerFacts {
    std::string id;  // "metric_store"
    std::string title;
    std::string topic;
    uint64_t position = 0;
    uint64_t end = 0;
    int64_t lag_ms = 0;  // age of the oldest record it has not applied
    ConsumerState state = ConsumerState::in_step;
    std::string error;  // why it stopped
};

struct StoreFacts {
    std::string id;
    std::string title;
    uint64_t bytes = 0;
    std::optional<double> bytes_per_day;
    std::string kept;  // "90d"
    uint64_t files = 0;
    uint64_t series = 0;
    uint64_t samples = 0;  // in files
    std::string detail;
    uint64_t damaged = 0;  // files or ranges set aside
};

enum class DiskGuard { ok, low, full };

struct DiskFacts {
    uint64_t total_bytes = 0;
    uint64_t free_bytes = 0;
    uint64_t belfry_bytes = 0;
    DiskGuard guard = DiskGuard::ok;
};

struct MemoryPart {
    std::string title;
    uint64_t bytes = 0;
};

struct MemoryFacts {
    uint64_t rss_bytes = 0;
    std::optional<uint64_t> limit_bytes;
    std::vector<MemoryPart> parts;
};

struct WorkFacts {
    std::string title;
    double done_ratio = 0;
    std::optional<int64_t> left_ms;
};

struct LimitFacts {
    std::string key;  // of the configuration
    double value = 0;
    double used = 0;
    std::string unit;
};

struct StatusFacts {
    std::vector<ReceiverFacts> receivers;
    std::vector<RefusalFacts> refusals;
    LogFacts log;
    std::vector<ConsumerFacts> consumers;
    uint64_t read_from_memory_total = 0;  // records that consumers took from the ring ...
    uint64_t read_from_disk_total = 0;    // ... and from the log
    std::vector<StoreFacts> stores;
    DiskFacts disk;
    MemoryFacts memory;
    std::vector<WorkFacts> work;
    std::vector<LimitFacts> limits;
    std::map<std::string, uint64_t, std::less<>> alarms_ringing;  // by tenant
};

/// Any thread; called about once a second and for each status request.
class StatusSource {
  public:
    virtual ~StatusSource() = default;
    [[nodiscard]] virtual StatusFacts facts() const = 0;
};

/// A configured value that is not the default. Only what the configuration permits to show.
struct ConfigRow {
    std::string key;
    std::string value;
    std::string default_value;
    std::string source;
};

/// What does not change while the server runs.
struct ServerFacts {
    std::string version;
    std::string node;  // host name
    std::string role = "single";
    std::string address;  // "127.0.0.1:2353", with the port that was taken
    struct Alias {
        std::string address;
        std::string error;  // why it is not open; "" when it is
    };
    std::vector<Alias> aliases = {};
    int64_t start_ms = 0;
    std::vector<ConfigRow> config;
};

}  // namespace belfry::api
