#pragma once

#include "ingest/host/processes.h"
#include "ingest/host/reader.h"
#include "ingest/metric/wire_batch.h"

#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::host {

/// Host readings -> samples under node_exporter's names and labels (so that its dashboards fit), plus belfry_process_*.
/// Every series carries job="host" and instance=<host name>. One thread; the batch is valid until the next `map`.
class HostMapper {
  public:
    HostMapper(HostIdentity identity, std::string instance);

    /// Replaces what is in `batch`. With `with_metadata` help and types, too.
    void map(const HostSnapshot& snapshot,
             const HostDetails& details,
             const ProcessScan& processes,
             bool with_metadata,
             WireBatch& batch);

    /// Distinct process names that become labels in the life of this; further ones share name="other".
    static constexpr size_t PROCESS_NAMES_MAX = 300;

  private:
    struct Pair {
        std::string_view name;
        std::string_view value;
    };
    void add(model::MetricType type,
             std::string_view name,
             std::string_view help,
             double value,
             std::initializer_list<Pair> labels = {});
    void gauge(std::string_view name, std::string_view help, double value, std::initializer_list<Pair> labels = {}) {
        add(model::MetricType::gauge, name, help, value, labels);
    }
    void counter(std::string_view name, std::string_view help, double value, std::initializer_list<Pair> labels = {}) {
        add(model::MetricType::counter, name, help, value, labels);
    }
    void untyped(std::string_view name, std::string_view help, double value) {
        add(model::MetricType::unknown, name, help, value);
    }

    void map_stat(const KernelStat& stat);
    void map_memory(const HostSnapshot& snapshot);
    void map_disks(const HostSnapshot& snapshot);
    void map_network(const HostSnapshot& snapshot, const HostDetails& details);
    void map_pressure(const HostSnapshot& snapshot);
    void map_file_systems(const HostDetails& details);
    void map_protocols(const std::vector<ProtocolCounter>& protocols);
    void map_sockets(const HostDetails& details);
    void map_kernel(const HostDetails& details);
    void map_identity();
    void map_clock();
    void map_processes(const ProcessScan& processes);

    const HostIdentity identity_;
    const std::string instance_;
    WireBatch* batch_ = nullptr;  // while in map()
    int64_t time_ms_ = 0;
    bool with_metadata_ = false;
    std::deque<std::string> wires_;
    std::set<std::string, std::less<>> described_;
    std::set<std::string, std::less<>> process_names_;
};

}  // namespace belfry::ingest::host
