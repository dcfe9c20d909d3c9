#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace belfry::config {

/// What concerns the whole program; every other folder declares its own XConfig.
struct ServerConfig {
    std::string data_dir = "./belfry-data";
    std::string listen = "127.0.0.1:2353";
    std::vector<std::string> aliases;          // further addresses, "127.0.0.1:9090/prometheus"
    // where OpenTelemetry sends; where OpenStack's identity service and Monasca are
    std::vector<std::string> default_aliases = {"127.0.0.1:4317", "127.0.0.1:4318", "127.0.0.1:5000/identity",
                                                "127.0.0.1:8070/monasca"};
    std::string web_dir;                       // "" = the files inside the binary
    int64_t retention_ms = 90 * 86'400'000LL;  // of every store without a rule of its own
    bool allow_open = false;                   // listen beyond loopback without TLS or without login
    std::string log_level = "info";
    std::string log_format = "logfmt";
};

}  // namespace belfry::config
