#pragma once

#include "ingest/host/processes.h"
#include "ingest/host/reader.h"

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace belfry::ingest::host {

/// One curve of the live page.
struct LiveSeries {
    std::string_view id;         // "cpu"
    std::string_view title;      // "CPU"
    std::string_view unit;       // ratio | bytes | bytes_per_s | per_s | count
    std::vector<double> values;  // NaN = gap
};

struct LiveView {
    std::string host;
    std::string os;
    std::string kernel;
    uint64_t cores = 0;
    uint64_t memory_bytes = 0;
    int64_t boot_ms = 0;
    int64_t step_ms = 1000;
    std::vector<int64_t> times_ms;
    std::vector<LiveSeries> series;  // as long as times_ms each; those the kernel has nothing for are left out
    std::vector<Process> by_cpu;
    std::vector<Process> by_memory;
};

/// The last ten minutes of this host, second by second, in memory (90 KB). One thread adds, any reads.
class HostLive {
  public:
    static constexpr size_t SECONDS_KEPT = 600;
    static constexpr size_t SERIES_COUNT = 18;

    explicit HostLive(const HostIdentity& identity);

    /// `received_total`: samples Belfry has accepted so far.
    void add(const HostSnapshot& snapshot, const ProcessScan& processes, uint64_t received_total);

    /// Samples newer than `since_ms`.
    [[nodiscard]] LiveView view(int64_t since_ms) const;

  private:
    using Values = std::array<double, SERIES_COUNT>;
    struct Row {
        int64_t time_ms = 0;
        Values values{};
    };
    /// Counters of the snapshot before, from which rates are made.
    struct Before {
        int64_t time_ms = 0;
        CpuTicks cpu{};
        uint64_t context_switches = 0;
        uint64_t disk_read_bytes = 0;
        uint64_t disk_written_bytes = 0;
        std::vector<std::pair<std::string, uint64_t>> disk_busy_ms;
        uint64_t network_in_bytes = 0;
        uint64_t network_out_bytes = 0;
        uint64_t cpu_pressure_us = 0;
        uint64_t io_pressure_us = 0;
        uint64_t memory_pressure_us = 0;
        uint64_t own_cpu_ticks = 0;
        uint64_t received = 0;
    };
    [[nodiscard]] static Before counters_of(const HostSnapshot& snapshot, uint64_t received_total);
    [[nodiscard]] static Values values_of(const HostSnapshot& snapshot,
                                          const Before& before,
                                          const Before& now,
                                          const ProcessScan& processes);

    const std::string host_;
    const std::string os_;
    const std::string kernel_;
    Before before_;             // adding thread
    mutable std::mutex mutex_;  // guards all below
    std::array<Row, SECONDS_KEPT> rows_;
    size_t row_count_ = 0;                    // ever added
    std::array<bool, SERIES_COUNT> known_{};  // had a value once
    uint64_t cores_ = 0;
    uint64_t memory_bytes_ = 0;
    int64_t boot_ms_ = 0;
    std::vector<Process> by_cpu_;
    std::vector<Process> by_memory_;
};

}  // namespace belfry::ingest::host
