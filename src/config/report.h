#pragma once

#include "config/load.h"

#include <string>
#include <vector>

namespace belfry::config {

struct Difference {
    std::string key;
    std::string value;
    std::string default_value;
    std::string source;
};

/// What was set to something else than its default. Values that are not `shown` appear as "(hidden)".
[[nodiscard]] std::vector<Difference> differences(const Loaded& loaded);

/// config/belfry.toml: every key, commented out, with its default, unit and sentence.
[[nodiscard]] std::string default_file();

}  // namespace belfry::config
