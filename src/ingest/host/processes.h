#pragma once

#include "ingest/host/decode.h"

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace belfry::ingest::host {

struct Process {
    int64_t pid = 0;
    std::string name;
    double cpu_ratio = 0;  // of one core, since the scan before
    uint64_t memory_bytes = 0;
};

/// All processes of one name together.
struct ProcessGroup {
    std::string name;
    uint64_t count = 0;
    double cpu_ratio = 0;
    uint64_t memory_bytes = 0;
};

struct ProcessScan {
    int64_t time_ms = 0;
    uint64_t processes = 0;
    uint64_t threads = 0;
    std::map<char, uint64_t> states;  // "R" running, "S" sleeping, ...
    std::vector<Process> by_cpu;      // the largest, descending
    std::vector<Process> by_memory;
    std::vector<ProcessGroup> groups;  // the names with most CPU or memory
};

/// Looks at every process of /proc. About 10 us a process: done every few seconds. One thread.
class Processes {
  public:
    Processes(std::string proc_path, size_t top) : proc_path_(std::move(proc_path)), top_(top) {}
    [[nodiscard]] const ProcessScan& scan(int64_t now_ms);

    static constexpr size_t PROCESSES_MAX = 20'000;  // a scan beyond would take more than 0.2 s; the rest is not seen

  private:
    struct Seen {
        uint64_t start_ticks = 0;
        uint64_t cpu_ticks = 0;
        uint64_t scan = 0;
    };
    const std::string proc_path_;
    const size_t top_;
    ProcessScan last_;
    uint64_t scans_ = 0;
    std::unordered_map<int64_t, Seen> seen_;
};

}  // namespace belfry::ingest::host
