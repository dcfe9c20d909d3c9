#pragma once

#include "ingest/agent/check.h"
#include "ingest/host/reader.h"

#include <string>

namespace belfry::ingest::agent {

/// This host's readings under the names of Monasca's agent: cpu.*, load.*, mem.*, disk.*, io.*, net.*, monasca.*. Rates
/// and shares are of the time since the reading before, so the first one has none. One thread.
class SystemMetrics {
  public:
    explicit SystemMetrics(std::string hostname) : hostname_(std::move(hostname)) {}

    [[nodiscard]] Measurements map(const host::HostSnapshot& snapshot, const host::HostDetails& details);
    /// What the agent tells about itself.
    [[nodiscard]] Measurements own(int64_t time_ms, double thread_count, double collection_s) const;

  private:
    using Counters = std::map<std::string, std::vector<uint64_t>, std::less<>>;  // device -> counters
    void add(std::string_view name, double value, std::string_view dimension = {}, std::string_view is = {});
    void map_cpu(const host::KernelStat& stat);
    void map_memory(const host::HostSnapshot& snapshot);
    void map_disks(const host::HostSnapshot& snapshot);
    void map_network(const host::HostSnapshot& snapshot, const host::HostDetails& details);
    void map_file_systems(const host::HostDetails& details);

    std::string hostname_;
    Measurements out_;
    int64_t time_ms_ = 0;
    double elapsed_s_ = 0;  // since the reading before; 0 at the first
    int64_t last_ms_ = 0;
    host::CpuTicks last_cpu_{};
    Counters last_disks_, last_network_;
};

/// Reads this host and maps it, as a check that runs beside the others. `root`: a tree with proc and sys, "" for the
/// machine's own.
[[nodiscard]] std::unique_ptr<Check> make_system_check(Clock& clock, std::string hostname, std::string root);

}  // namespace belfry::ingest::agent
