#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::alarm {

struct RulesConfig {
    std::vector<std::string> files;  // paths and patterns
    std::string tenant = "default";
    int64_t interval_ms = 60'000;   // of groups that name none
    int64_t query_offset_ms = 0;    // of groups that name none
    uint32_t workers = 2;           // groups evaluated at the same time
    int64_t grace_ms = 600'000;     // a restored alert with a longer `for` waits at least this long before it fires
    int64_t outage_ms = 3'600'000;  // states older than this are not restored
    int64_t watch_ms = 10'000;      // how often files are looked at for changes; 0: never
    int64_t wall_ms_max = 60'000;   // of one evaluation
    uint64_t file_bytes_max = 4 << 20;
    uint32_t rules_max = 20'000;               // of all files
    uint32_t alerts_max = 10'000;              // active alerts of one rule
    std::vector<std::string> external_labels;  // name=value, for templates
    std::string external_url;                  // for templates; empty: the main address
};

}  // namespace belfry::alarm
