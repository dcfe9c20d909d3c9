#pragma once

#include "base/result.h"
#include "config/config.h"

#include <string>
#include <utility>
#include <vector>

namespace belfry::config {

/// (name, value) pairs: "server.listen" from flags, "BELFRY_SERVER__LISTEN" from the environment.
using Overrides = std::vector<std::pair<std::string, std::string>>;

/// Where a value came from: "default", "file /etc/belfry/belfry.toml:12", "environment", "flag".
struct Loaded {
    Config config;
    std::vector<std::pair<std::string, std::string>>
        sources;  // key name -> source, only what was set; the last one wins
};

struct LoadOptions {
    std::string file;       // "" = none; beside it, conf.d/*.toml are read in the order of their names
    Overrides environment;  // of the whole process; other names are passed over
    Overrides flags;
};

/// Default < file < conf.d < environment < flag. An unknown key or a bad value is an error that names the line and, for
/// a name, the nearest known one.
[[nodiscard]] Result<Loaded> load(const LoadOptions& options);

/// The process's environment.
[[nodiscard]] Overrides process_environment();

}  // namespace belfry::config
