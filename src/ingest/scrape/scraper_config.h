#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::ingest::scrape {

/// What is configured as keys of Belfry itself; everything else stands in the scrape file.
struct ScraperConfig {
    std::string config_file;                      // a Prometheus configuration; "" for none
    std::vector<std::string> targets;             // "host:port", "host:port/path" or a URL: scraped without a file
    int64_t interval_ms = 15'000;                 // of `targets`
    uint32_t threads_max = 256;                   // requests that wait for targets at the same time
    uint64_t targets_max = 50'000;                // of all jobs together
    uint64_t body_bytes_max = 64ULL << 20;        // of one answer after it is decompressed
    uint64_t in_flight_bytes_max = 512ULL << 20;  // of all answers held at the same time
};

}  // namespace belfry::ingest::scrape
