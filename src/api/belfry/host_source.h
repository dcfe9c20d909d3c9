#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::api {

struct HostSeries {
    std::string id;              // "cpu"
    std::string title;           // "CPU"
    std::string unit;            // ratio | bytes | bytes_per_s | per_s | count | seconds
    std::vector<double> values;  // one for each time; NaN is a gap
};

struct HostProcess {
    int64_t pid = 0;
    std::string name;
    double cpu_ratio = 0;
    uint64_t memory_bytes = 0;
};

/// The last minutes of this machine, second by second.
struct HostLive {
    std::string host;
    std::string os;
    std::string kernel;
    uint32_t cores = 0;
    uint64_t memory_bytes = 0;
    int64_t boot_ms = 0;
    int64_t step_ms = 1000;
    std::vector<int64_t> times_ms;
    std::vector<HostSeries> series;
    std::vector<HostProcess> by_cpu;
    std::vector<HostProcess> by_memory;
};

/// Any thread.
class HostSource {
  public:
    virtual ~HostSource() = default;
    /// Samples newer than `since_ms`, ascending.
    [[nodiscard]] virtual HostLive live(int64_t since_ms) const = 0;
};

}  // namespace belfry::api
