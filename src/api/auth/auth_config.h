#pragma once

#include <string>

namespace belfry::api {

struct AuthConfig {
    std::string mode = "on";       // "on" | "off"; off only when every listener is on loopback
    bool loopback_reads = true;    // programs on this machine read telemetry without a key
    bool loopback_ingests = true;  // programs on this machine write telemetry without a key
};

}  // namespace belfry::api
