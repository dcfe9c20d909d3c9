#pragma once

#include <string>

namespace belfry::api {

struct AuthConfig {
    std::string mode = "on";         // "on" | "off"; off only when every listener is on loopback
    bool loopback_anonymous = true;  // programs on this machine read and write telemetry without a key
};

}  // namespace belfry::api
