#pragma once

#include <cstdint>
#include <string>

namespace belfry::ingest::agent {

struct AgentConfig {
    bool system_metrics = false;            // Monasca's names for this host's readings
    int64_t interval_ms = 30'000;           // of system metrics, and of checks that name no collect_period
    std::string checks_file;                // one file for all checks
    std::string checks_dir;                 // http_check.yaml, ...
    uint64_t checks_max = 500;              // instances; each has a thread
    uint64_t files_max = 100'000;           // that one check of a directory looks at
    uint64_t backlog_bytes_max = 64 << 20;  // of `belfry agent`, while its server is away
    uint64_t batch_max = 1'000;             // metrics it sends at once
    std::string hostname;                   // dimension of everything; "" is this machine's name
};

}  // namespace belfry::ingest::agent
