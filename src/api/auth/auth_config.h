#pragma once

#include <string>
#include <vector>

namespace belfry::api {

struct AuthConfig {
    std::string mode = "on";               // "on" | "off"; off only when every listener is on loopback
    bool anonymous_read = true;            // reading from loopback needs no login
    bool anonymous_ingest = true;          // writing telemetry from loopback needs no key
};

}  // namespace belfry::api
